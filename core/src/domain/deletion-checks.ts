import type { Action } from './action.ts'
import { act, type Check, stall } from './check.ts'
import type { Facts } from './facts.ts'
import { isLive } from './key-record.ts'

// The ordered questions about an ApiKey that is being deleted: it goes only when its keys provably have.

/** The annotation with which a person lets an ApiKey go whatever it leaves behind. */
export const forceDeleteAnnotation = 'latchkey.dev/force-delete'

function letGo(reason: Action['reason'], message: string) {
  return act({ kind: 'removeFinalizer', reason, message })
}

const gone: Check = {
  name: 'nothing of ours holds it',
  decide: ({ observed }) =>
    observed.finalizer
      ? undefined
      : {
          actions: [],
          standing: { kind: 'progressing', reason: 'Progressing', message: 'It is being deleted' },
        },
}

const forced: Check = {
  name: 'deletion forced',
  decide: (facts) =>
    facts.observed.forced
      ? letGo(
          'Retained',
          `Let go by ${forceDeleteAnnotation}; keys that may still work: ${left(facts)}`,
        )
      : undefined,
}

/** What the service last told; where it told nothing, the key that the Secret names is one of them. */
function left({ observed, keys }: Facts): string {
  const { secret } = observed
  if (observed.keys.kind === 'unknown' && secret.kind === 'ours')
    return `${secret.keyId}, perhaps others`
  const live = keys.filter((key) => isLive(key.record)).map((key) => key.record.id)
  return live.join(', ') || 'unknown'
}

const suspendedDeletion: Check = {
  name: 'deletion suspended',
  decide: ({ desired }) =>
    desired.suspend
      ? stall('Suspended', 'spec.suspend is true: its keys are not revoked until it is false')
      : undefined,
}

const retained: Check = {
  name: 'key retained',
  decide({ desired, observed }) {
    if (!desired.retain) return undefined
    const finalizer: Action = {
      kind: 'removeFinalizer',
      reason: 'Retained',
      message: 'spec.deletionPolicy is Retain: its keys go on working at the key service',
    }
    const dress: Action = {
      kind: 'dressSecret',
      reason: 'Retained',
      message: `Secret ${desired.secret.name} is kept: it loses its owner`,
    }
    const keeps =
      desired.secret.retain && observed.secret.kind === 'ours' && !observed.secret.dressed
    return keeps ? act(dress, finalizer) : act(finalizer)
  },
}

const neverIssued: Check = {
  name: 'never issued',
  decide: ({ observed }) =>
    observed.service.kind === 'unusable' &&
    observed.service.reason === 'ServiceNotFound' &&
    observed.keys.kind === 'unknown' &&
    observed.secret.kind !== 'ours' &&
    !observed.delivered
      ? letGo('Revoked', 'No key was ever issued for it')
      : undefined,
}

const lookUp: Check = {
  name: 'its keys are looked up',
  decide: ({ confirmed }) =>
    confirmed
      ? undefined
      : act({
          kind: 'confirm',
          reason: 'Progressing',
          message: 'Its keys are looked up to be revoked',
        }),
}

const revokeAll: Check = {
  name: 'live keys',
  decide({ keys }) {
    const [first, ...rest] = keys
      .filter((key) => isLive(key.record) || key.record.state === 'disabled')
      .map(
        (key) =>
          ({
            kind: 'revoke',
            keyId: key.record.id,
            reason: 'Revoked',
            message: `Key ${key.record.id} is revoked: its ApiKey is deleted`,
          }) as const,
      )
    return first === undefined ? undefined : act(first, ...rest)
  },
}

const retainedSecret: Check = {
  name: 'Secret retained',
  decide: ({ desired, observed }) =>
    desired.secret.retain && observed.secret.kind === 'ours' && !observed.secret.dressed
      ? act({
          kind: 'dressSecret',
          reason: 'Retained',
          message: `Secret ${desired.secret.name} is kept: it loses its owner`,
        })
      : undefined,
}

const allRevoked: Check = {
  name: 'all keys are gone',
  decide: () => letGo('Revoked', 'All its keys are revoked'),
}

/** The questions about an ApiKey that is being deleted, in their order. */
export const deletionChecks: readonly Check[] = [
  gone,
  forced,
  suspendedDeletion,
  retained,
  neverIssued,
  lookUp,
  revokeAll,
  retainedSecret,
  allRevoked,
]
