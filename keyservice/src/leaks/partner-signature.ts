import { createPublicKey, type KeyObject, verify } from 'node:crypto'

/** Public keys of a scanner, by the identifier that its requests name. */
export type PartnerKeys = ReadonlyMap<string, KeyObject>

/** What a request of a scanner says of its signature. */
export interface PartnerSignature {
  readonly identifier: string | undefined
  /** Base64 of an ECDSA signature over the raw body, in DER. */
  readonly signature: string | undefined
}

/** Reads a public key in PEM; undefined unless it is one for ECDSA on P-256, the only kind that scanners sign with. */
export function readPartnerKey(pem: string): KeyObject | undefined {
  try {
    const key = createPublicKey(pem)
    const curve = key.asymmetricKeyDetails?.namedCurve
    return key.asymmetricKeyType === 'ec' && curve === 'prime256v1' ? key : undefined
  } catch {
    return undefined
  }
}

/**
 * True when the body was signed with the key that the request names. Whatever is wrong, one signature is checked: how
 * long the answer takes does not tell which identifiers are known.
 */
export function isSigned(keys: PartnerKeys, body: Uint8Array, given: PartnerSignature): boolean {
  const named = given.identifier === undefined ? undefined : keys.get(given.identifier)
  const [any] = keys.values()
  const key = named ?? any
  if (key === undefined) return false
  const signature = Buffer.from(given.signature ?? '', 'base64')
  const fits = verify('sha256', body, { key, dsaEncoding: 'der' }, signature)
  return fits && named !== undefined
}
