import { decodeJwt, errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import type { Service } from '../service.ts'
import { type Rights, rightsWithin } from './right.ts'

// A Kubernetes ServiceAccount calls with the token that its cluster gave it, so that it needs no credential of ours. The
// token is checked by itself, with the keys of its issuer; what it may do stands in our configuration alone.

/** Whose tokens are taken, and what each subject may do. */
export interface TrustedIssuer {
  readonly issuer: string
  readonly audience: string
  readonly subjects: readonly TrustedSubject[]
  readonly keys: JWTVerifyGetKey
}

export interface TrustedSubject {
  /** `system:serviceaccount:<namespace>:<name>`. */
  readonly subject: string
  readonly account: string
  readonly scopes: readonly string[]
  readonly space?: string | undefined
}

/** A ServiceAccount that presented a good token, within what its account is now. */
export interface ServiceAccountFound {
  readonly kind: 'serviceAccount'
  readonly subject: string
  readonly account: string
  readonly space: string | null
  readonly plan: string
  readonly rights: Rights
}

/** The clocks of two machines may differ by that much. */
const skewSeconds = 30
/** Only what is signed with a private key: what we can check, we cannot make. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512']

/**
 * Whose token it is; undefined for whatever is not a token that is good now, of an issuer and for a subject that the
 * configuration names. An issuer that cannot be reached is logged: to the caller it is the same.
 */
export async function findServiceAccount(
  service: Pick<Service, 'store' | 'clock' | 'trustedIssuers' | 'warn'>,
  token: string,
): Promise<ServiceAccountFound | undefined> {
  const trusted = service.trustedIssuers.find(({ issuer }) => issuer === claimedIssuer(token))
  if (trusted === undefined) return undefined
  const name = await subjectOf(service, token, trusted)
  const subject = trusted.subjects.find((each) => each.subject === name)
  if (subject === undefined) return undefined
  const [account, space] = await service.store.read(async (tables) => [
    await tables.accounts.find(subject.account),
    subject.space === undefined ? undefined : await tables.spaces.find(subject.space),
  ])
  if (account === undefined || account.deletedMs !== null) return undefined
  if (subject.space !== undefined && (space?.account !== account.id || space.removedMs !== null)) {
    return undefined
  }
  return {
    kind: 'serviceAccount',
    subject: subject.subject,
    account: account.id,
    space: subject.space ?? null,
    plan: account.plan,
    rights: rightsWithin(subject.scopes, account.scopes),
  }
}

function claimedIssuer(token: string): string | undefined {
  try {
    return decodeJwt(token).iss
  } catch {
    return undefined
  }
}

async function subjectOf(
  { clock, warn }: Pick<Service, 'clock' | 'warn'>,
  token: string,
  { issuer, audience, keys }: TrustedIssuer,
): Promise<string | undefined> {
  try {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience,
      algorithms,
      clockTolerance: skewSeconds,
      currentDate: new Date(clock()),
      requiredClaims: ['exp', 'iat', 'sub'],
    })
    return payload.sub
  } catch (error) {
    // A bad token is the caller's affair, anything else ours.
    if (!(error instanceof errors.JOSEError) || error instanceof errors.JWKSTimeout)
      warn(error, 'The keys of an issuer could not be read')
    return undefined
  }
}
