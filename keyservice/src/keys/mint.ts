import { crc32 } from 'node:zlib'
import { type Credential, generateToken, randomBase62, Token, tokenTraces } from '@latchkey/core'
import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'

/** A new token: what is kept of it, and the clear text for the one answer that carries it. */
export interface Minted {
  readonly stored: StoredCredential
  readonly credential: Credential
}

/** Makes a token for a key. Nothing is written yet. */
export function mint(
  service: Pick<Service, 'rules' | 'randomBytes' | 'hashes'>,
  keyId: string,
  nowMs: number,
): Minted {
  const { kind, prefix, secretPrefix } = service.rules.token
  const format = { prefix: kind === 'token' ? prefix : secretPrefix }
  const text = generateToken(format, { randomBytes: service.randomBytes, crc32 })
  const token = new Token(text)
  return {
    stored: {
      ...service.hashes.of(text),
      id: newId(service, 'cred', 16),
      keyId,
      kind,
      role: 'current',
      ...tokenTraces(text, format),
      createdMs: nowMs,
      expiresMs: null,
      pendingUntilMs: null,
      graceMs: null,
      endedMs: null,
      lastUsedMs: null,
    },
    credential: kind === 'token' ? { kind, token } : { kind, apiKey: keyId, apiSecret: token },
  }
}

/** A public handle such as `apiKey-k3jx0v2q8m1z`: random, so that it tells nothing about how many there are. */
export function newId(service: Pick<Service, 'randomBytes'>, kind: string, length = 12): string {
  return `${kind}-${randomBase62(length, service.randomBytes)}`
}
