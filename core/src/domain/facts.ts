import type { DesiredKey } from './desired-key.ts'
import { defaultGracePeriod } from './desired-key.ts'
import { after } from './duration.ts'
import { expirationTime } from './expiration.ts'
import { fraction } from './fingerprint.ts'
import { isLive } from './key-record.ts'
import type { Observed, OwnKey } from './observed.ts'

/** What the checks ask about, worked out once from what was observed. */
export interface Facts {
  readonly desired: DesiredKey
  readonly observed: Observed
  readonly now: Date
  /** Keys of this ApiKey as far as the service told; empty while unknown. */
  readonly keys: readonly OwnKey[]
  readonly confirmed: boolean
  /** The key that the Secret names, whatever its state. */
  readonly named?: OwnKey
  /** The key whose live token lies untouched in the Secret. */
  readonly holder?: OwnKey
  /** Live keys besides the holder, each with the end of its grace period. */
  readonly others: readonly { readonly key: OwnKey; readonly endTime: Date }[]
  /** Revision of the next mint. */
  readonly nextRevision: number
  /** A pending key that the next mint would take up again instead of making another. */
  readonly resumable?: OwnKey
  readonly rotationTime?: Date
}

/** Works out the facts; pure, and the same for the operator, for previews and for tests. */
export function gatherFacts(desired: DesiredKey, observed: Observed, now: Date): Facts {
  const keys = observed.keys.kind === 'known' ? observed.keys.keys : []
  const named = namedKey(observed, keys)
  const holder = named !== undefined && holds(observed, named, now) ? named : undefined
  const rotationTime = holder && nextRotation(desired, holder)
  const delivered = observed.secret.kind === 'ours' ? observed.secret.revision : 0
  const resumable = keys.find((key) => isResumable(key, delivered, desired.specHash))
  return {
    desired,
    observed,
    now,
    keys,
    confirmed: observed.keys.kind === 'known' && observed.keys.confirmed,
    ...(named === undefined ? {} : { named }),
    ...(holder === undefined ? {} : { holder }),
    others: keys
      .filter((key) => key !== holder && key !== resumable)
      .filter((key) => isLive(key.record) && !isPast(key, now))
      .map((key) => ({
        key,
        endTime: graceEnd(key, successorOf(key, keys, holder), desired, now),
      })),
    nextRevision:
      resumable?.mark.revision ?? 1 + Math.max(delivered, ...keys.map((key) => key.mark.revision)),
    ...(resumable === undefined ? {} : { resumable }),
    ...(rotationTime === undefined ? {} : { rotationTime }),
  }
}

/** True when the key's own end has come, also where the service has not noticed yet. */
export function isPast(key: OwnKey, now: Date): boolean {
  const end = key.record.expirationTime
  return end !== undefined && Date.parse(end) <= now.getTime()
}

function namedKey(observed: Observed, keys: readonly OwnKey[]): OwnKey | undefined {
  const { secret } = observed
  return secret.kind === 'ours' ? keys.find((key) => key.record.id === secret.keyId) : undefined
}

function holds(observed: Observed, key: OwnKey, now: Date): boolean {
  const { secret } = observed
  return (
    secret.kind === 'ours' &&
    secret.intact &&
    isLive(key.record) &&
    !isPast(key, now) &&
    key.record.credentials.some((credential) => credential.id === secret.credentialId)
  )
}

/**
 * A mint that was cut before its Secret was written left a pending key. Minting the same wish under the same
 * revision makes the service replace that key's token, so nothing is doubled and nothing has to be remembered.
 */
function isResumable(key: OwnKey, delivered: number, specHash: string): boolean {
  return (
    key.record.state === 'pending' &&
    key.mark.revision > delivered &&
    key.mark.specHash === specHash
  )
}

/**
 * The key that took this one's place: the next one whose token was delivered. It stays the same when the successor is
 * rotated in turn, so that no later rotation prolongs a grace period.
 */
function successorOf(
  key: OwnKey,
  keys: readonly OwnKey[],
  holder: OwnKey | undefined,
): OwnKey | undefined {
  return keys
    .filter((other) => other.mark.revision > key.mark.revision)
    .filter((other) => other === holder || other.record.state === 'active')
    .sort((one, other) => one.mark.revision - other.mark.revision)[0]
}

/**
 * A planned rotation gives the predecessor a grace period, counted from its successor's issue. Where a token was
 * lost or published there is none, and a key that was never delivered has nobody to wait for.
 */
function graceEnd(
  key: OwnKey,
  successor: OwnKey | undefined,
  desired: DesiredKey,
  now: Date,
): Date {
  if (successor?.mark.cause !== 'Rotated' || key.record.state === 'pending') return now
  return after(
    new Date(successor.record.createdTime),
    desired.rotation?.gracePeriod ?? defaultGracePeriod,
  )
}

/**
 * The instant of the next rotation: `period` after the issue or `before` the end, whichever comes first, and up to a
 * tenth earlier by a jitter that belongs to the uid, so that keys of one Monday do not rotate in one minute.
 */
function nextRotation(desired: DesiredKey, holder: OwnKey): Date | undefined {
  const { rotation, wish, identity } = desired
  if (rotation === undefined) return undefined
  const issued = new Date(holder.record.createdTime)
  const end = wish.expiration === undefined ? undefined : expirationTime(wish.expiration, issued)
  const times: number[] = []
  if (rotation.period !== undefined) times.push(after(issued, rotation.period).getTime())
  if (rotation.before !== undefined && end !== undefined) {
    times.push(end.getTime() - (after(issued, rotation.before).getTime() - issued.getTime()))
  }
  if (times.length === 0) return undefined
  const due = Math.min(...times)
  const jitter = Math.max(0, due - issued.getTime()) * 0.1 * fraction(identity.uid)
  return new Date(due - jitter)
}
