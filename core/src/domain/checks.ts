import type { Action } from './action.ts'
import { act, type Check, type Decision, stall } from './check.ts'
import { defaultGracePeriod } from './desired-key.ts'
import { expirationTime } from './expiration.ts'
import { type Facts, isPast } from './facts.ts'
import type { KeyChange, MutableField } from './key-service-port.ts'
import type { OwnKey } from './observed.ts'
import type { Reason } from './reason.ts'
import { sameScopes } from './scope.ts'

// The ordered questions about an ApiKey that is wanted. Each is pure and small; the order is the policy: never mint
// what cannot be delivered, never revoke before the successor works, change names before tokens.

const suspended: Check = {
  name: 'suspended',
  decide: ({ desired }) =>
    desired.suspend
      ? stall('Suspended', 'spec.suspend is true: nothing is changed until it is false')
      : undefined,
}

const secretInTheWay: Check = {
  name: 'Secret cannot be ours',
  decide({ desired, observed }) {
    const { secret } = observed
    const { name } = desired.secret
    if (secret.kind === 'foreign') {
      return stall(
        'SecretConflict',
        `Secret ${name} belongs to ${secret.owner}: delete it or set spec.secret.name to another name`,
      )
    }
    if (secret.kind === 'unwritable') {
      return stall(secret.reason, secret.message)
    }
    return undefined
  },
}

const endsInPast: Check = {
  name: 'end in the past',
  decide({ desired, holder, named, now }) {
    const end = desired.wish.expiration
    if (end === undefined || !('time' in end) || Date.parse(end.time) > now.getTime())
      return undefined
    const lived = named?.record.expirationTime
    if (lived !== undefined && Date.parse(lived) === Date.parse(end.time)) {
      return stall('KeyExpired', `The key expired at ${end.time}: choose a later spec.expiration`)
    }
    return stall(
      'ExpirationInPast',
      `spec.expiration.time ${end.time} has passed: choose a later time or remove it${
        holder === undefined ? '' : '; the present key is left as it is'
      }`,
    )
  },
}

const finalizerFirst: Check = {
  name: 'finalizer first',
  decide: ({ observed }) =>
    observed.finalizer
      ? undefined
      : act({
          kind: 'addFinalizer',
          reason: 'Progressing',
          message: 'A finalizer is set before the first key is issued',
        }),
}

const doubtfulAbsence: Check = {
  name: 'absence is confirmed',
  decide({ observed, holder, keys, confirmed, resumable }) {
    const fresh = observed.secret.kind === 'absent' && !observed.delivered
    const untouched = fresh && keys.every((key) => key === resumable)
    if (holder !== undefined || confirmed || untouched) return undefined
    return act({
      kind: 'confirm',
      reason: 'Progressing',
      message: 'The keys of this ApiKey are looked up at the key service',
    })
  },
}

const serviceGoing: Check = {
  name: 'service is being deleted',
  decide({ observed, keys, resumable }) {
    const { service, secret, delivered } = observed
    if (service.kind !== 'usable' || !service.terminating) return undefined
    const first = !delivered && secret.kind === 'absent' && keys.every((key) => key === resumable)
    if (!first) return undefined
    return stall(
      'ServiceTerminating',
      'Its key service is being deleted, so no key is issued: delete this ApiKey, or declare it at another service',
    )
  },
}

const disabled: Check = {
  name: 'disabled by someone',
  decide({ named }) {
    if (named?.record.state !== 'disabled' || named.record.stateReason === 'KeyLeaked')
      return undefined
    return stall(
      'KeyDisabled',
      `key ${named.record.id} was disabled at the key service: enable it there, or revoke it there to get a new one`,
    )
  },
}

const expired: Check = {
  name: 'expired for good',
  decide({ desired, named, now }) {
    const over = named !== undefined && (named.record.state === 'expired' || isPast(named, now))
    if (!over || desired.rotation !== undefined) return undefined
    if (wishedEnd(desired.wish.expiration, named) !== named.record.expirationTime) return undefined
    return stall(
      'KeyExpired',
      `key ${named.record.id} expired at ${named.record.expirationTime}: set spec.rotation so that the next one is issued in time, or change spec.expiration`,
    )
  },
}

const tokenLost: Check = {
  name: 'no working token in the Secret',
  decide(facts) {
    const { observed, holder, named, keys, resumable } = facts
    if (holder !== undefined) return undefined
    const { secret } = observed
    const first = !observed.delivered && keys.every((key) => key === resumable)
    if (first && secret.kind === 'absent') {
      return act(mint(facts, 'Issued', 'A key is issued and its token written into the Secret'))
    }
    if (secret.kind === 'absent' && observed.formerSecrets.length > 0) {
      return act(mint(facts, 'Rotated', 'A new key is issued for the Secret of the new name'))
    }
    const cause = named?.record.stateReason === 'KeyLeaked' ? 'KeyLeaked' : 'Reissued'
    return act(mint(facts, cause, `A new key is issued: ${lossOf(facts)}`))
  },
}

/** The next mint, or the one that was cut before: then it must be the same wish to the letter. */
function mint({ nextRevision, resumable }: Facts, reason: Reason, message: string): Action {
  const cause = resumable?.mark.cause ?? reason
  return { kind: 'issue', revision: nextRevision, cause, reason, message }
}

function lossOf({ observed, named, now }: Facts): string {
  if (observed.secret.kind !== 'ours') return 'the Secret is gone'
  if (named?.record.stateReason === 'KeyLeaked')
    return `key ${named.record.id} was published and is disabled`
  if (!observed.secret.intact) return 'the data of the Secret was changed by somebody else'
  if (named === undefined)
    return `key ${observed.secret.keyId} does not exist at the key service any more`
  if (isPast(named, now)) return `key ${named.record.id} has expired`
  if (named.record.state === 'revoked')
    return `key ${named.record.id} was revoked at the key service`
  return `the token in the Secret no longer belongs to key ${named.record.id}`
}

const unacknowledged: Check = {
  name: 'token delivered, not acknowledged',
  decide({ observed, holder }) {
    if (holder?.record.state !== 'pending' || observed.secret.kind !== 'ours') return undefined
    return act({
      kind: 'acknowledge',
      keyId: holder.record.id,
      credentialId: observed.secret.credentialId,
      reason: 'Issued',
      message: `Key ${holder.record.id} is acknowledged: its token is in the Secret`,
    })
  },
}

const graceOver: Check = {
  name: 'grace period over',
  decide({ others, now }) {
    const due = others.filter((other) => other.endTime.getTime() <= now.getTime())
    const [first, ...rest] = due.map(
      ({ key }) =>
        ({
          kind: 'revoke',
          keyId: key.record.id,
          reason: 'Revoked',
          message: `Key ${key.record.id} of revision ${key.mark.revision} is revoked: another one took its place`,
        }) as const,
    )
    return first === undefined ? undefined : act(first, ...rest)
  },
}

const formerSecret: Check = {
  name: 'Secret of a former name',
  decide({ observed, desired }) {
    const [first, ...rest] = observed.formerSecrets.map(
      (name) =>
        ({
          kind: 'removeSecret',
          name,
          reason: 'Updated',
          message: `Secret ${name} is removed: the token is in ${desired.secret.name}`,
        }) as const,
    )
    return first === undefined ? undefined : act(first, ...rest)
  },
}

const belongsElsewhere: Check = {
  name: 'needs another key',
  decide(facts) {
    const { desired, observed, holder } = facts
    if (holder === undefined || observed.secret.kind !== 'ours') return undefined
    const why = replacementReason(facts, holder)
    if (why === undefined) return undefined
    const grace = desired.rotation?.gracePeriod ?? defaultGracePeriod
    return act(
      mint(
        facts,
        'Rotated',
        `A new key is issued: ${why}; the previous one works for ${grace} more`,
      ),
    )
  },
}

function replacementReason(
  { desired, observed }: Facts,
  { record, mark }: OwnKey,
): string | undefined {
  const { wish } = desired
  if (observed.secret.kind === 'ours' && !observed.secret.shaped)
    return 'the Secret takes another form'
  if (wish.account !== undefined && wish.account !== record.account) return 'spec.account changed'
  if (wish.space !== record.space) return 'spec.space changed'
  if (wish.owner !== undefined && wish.owner !== record.owner) return 'spec.owner changed'
  if (observed.service.kind === 'unusable') return undefined
  const { mutable } = observed.service.capabilities
  const fixed = Object.keys(changeOf(wish, { record, mark })).filter(
    (field) => !mutable.has(field as MutableField),
  )
  if (fixed.length > 0) return `this key service changes no ${fixed.join(' or ')} in place`
  return undefined
}

const drift: Check = {
  name: 'name, scopes or end differ',
  decide({ desired, holder }) {
    if (holder === undefined) return undefined
    const change = changeOf(desired.wish, holder)
    const fields = Object.keys(change)
    if (fields.length === 0) return undefined
    return act({
      kind: 'update',
      keyId: holder.record.id,
      change,
      reason: 'Updated',
      message: `Key ${holder.record.id} follows the declaration: ${fields.join(', ')}`,
    })
  },
}

function changeOf(wish: Facts['desired']['wish'], { record }: OwnKey): KeyChange {
  return {
    ...(wish.displayName === record.displayName ? {} : { displayName: wish.displayName }),
    ...((wish.description ?? '') === (record.description ?? '')
      ? {}
      : { description: wish.description ?? null }),
    ...(sameScopes(wish.scopes, record.scopes) ? {} : { scopes: wish.scopes }),
    ...(wishedEnd(wish.expiration, { record }) === record.expirationTime
      ? {}
      : { expiration: wish.expiration ?? null }),
  }
}

/**
 * The end that the wish gives this key, in the record's own spelling when both mean the same second: services
 * write instants in more than one way, and a difference of spelling must never look like drift.
 */
function wishedEnd(
  wished: Facts['desired']['wish']['expiration'],
  { record }: Pick<OwnKey, 'record'>,
): string | undefined {
  if (wished === undefined) return undefined
  const end = expirationTime(wished, new Date(record.createdTime))
  const same =
    record.expirationTime !== undefined &&
    Math.abs(Date.parse(record.expirationTime) - end.getTime()) <= 1000
  return same ? record.expirationTime : end.toISOString()
}

const rotationDue: Check = {
  name: 'rotation due',
  decide(facts) {
    const { desired, holder, rotationTime, now } = facts
    if (holder === undefined || rotationTime === undefined || desired.rotation === undefined)
      return undefined
    if (rotationTime.getTime() > now.getTime()) return undefined
    const { id: keyId } = holder.record
    const { strategy, gracePeriod } = desired.rotation
    if (strategy === 'Rolling') {
      return act(
        mint(facts, 'Rotated', `Key ${keyId} is rotated; it works for ${gracePeriod} more`),
      )
    }
    const message = `Key ${keyId} is rotated; it is revoked first`
    return act(
      { kind: 'revoke', keyId, reason: 'Rotated', message },
      mint(facts, 'Rotated', message),
    )
  },
}

const abandonedMint: Check = {
  name: 'mint that nobody needs',
  decide: ({ holder, resumable }) =>
    holder === undefined || resumable === undefined
      ? undefined
      : act({
          kind: 'revoke',
          keyId: resumable.record.id,
          reason: 'Revoked',
          message: `Key ${resumable.record.id} is revoked: it was never delivered and is not needed any more`,
        }),
}

const undressed: Check = {
  name: 'labels of the Secret differ',
  decide: ({ observed, desired }) =>
    observed.secret.kind === 'ours' && !observed.secret.dressed
      ? act({
          kind: 'dressSecret',
          reason: 'Updated',
          message: `Labels, annotations or owner of Secret ${desired.secret.name} are brought in step`,
        })
      : undefined,
}

const atRest: Check = {
  name: 'at rest',
  decide: ({ desired }): Decision => ({
    actions: [],
    standing: {
      kind: 'ready',
      reason: 'Ready',
      message: `The token is in Secret ${desired.secret.name}`,
    },
  }),
}

/** The questions about an ApiKey that is wanted, in their order. */
export const checks: readonly Check[] = [
  suspended,
  secretInTheWay,
  endsInPast,
  serviceGoing,
  finalizerFirst,
  doubtfulAbsence,
  disabled,
  expired,
  tokenLost,
  unacknowledged,
  graceOver,
  formerSecret,
  belongsElsewhere,
  drift,
  rotationDue,
  abandonedMint,
  undressed,
  atRest,
]
