import type { KeyServiceConfigInput } from '../config.ts'

/** Keys of accounts on one plan: no preview, no permissions, and nothing to do with them but revoke. */
export const pulsapi: KeyServiceConfigInput = {
  token: { kind: 'token', prefix: 'pulsapi_', preview: 'None' },
  authentication: { bearer: true, raw: true, pair: false, apiKeyHeader: false },
  plans: [
    { id: 'free', displayName: 'Free', apiKeys: false },
    { id: 'pro', displayName: 'Pro', apiKeys: true },
  ],
  defaultPlan: 'pro',
  keys: {
    unlistedScopes: false,
    mutable: [],
    rotation: 'None',
    revokedRetentionSeconds: 30 * 86_400,
  },
  labels: {
    product: 'PulsAPI',
    create: 'Create API Key',
    remove: 'Revoke',
    upgrade: { text: 'API keys are part of the Pro plan.', button: 'Upgrade to Pro' },
    columns: ['displayName', 'createdTime', 'lastUsedTime'],
    exampleUrl: 'https://api.pulsapi.com/v1/status',
  },
}
