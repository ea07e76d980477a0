import { createPublicKey } from 'node:crypto'
import type { KeyServiceConfig } from './config.ts'
import { environmentPrefixes } from './presets/environment-prefixes.ts'
import type { Rules } from './service.ts'

/** What the rules need to know of a configuration that was checked. */
export function rulesOf(config: KeyServiceConfig): Rules {
  const { environments: _, ...token } = config.token
  const {
    pendingSeconds,
    plans,
    defaultPlan,
    permissions,
    authentication,
    session,
    failedVerifications,
  } = config
  const { preset, environment, keys, statuses, labels, events } = config
  return {
    token: { ...token, ...environmentPrefixes(config) },
    pendingSeconds,
    plans,
    defaultPlan,
    permissions,
    authentication: {
      ...authentication,
      serviceAccount: authentication.serviceAccount && config.trustedIssuers.length > 0,
    },
    session,
    failedVerifications,
    events,
    leaks: {
      partnerKeys: new Map(
        config.leaks.partnerKeys.map(({ identifier, pem }) => [identifier, createPublicKey(pem)]),
      ),
    },
    preset,
    environment,
    keys,
    statuses,
    labels,
  } as Rules
}
