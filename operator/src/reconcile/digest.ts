import { createHash, createHmac } from 'node:crypto'

/** Tells whether the data of a Secret is still what we wrote, without keeping the data. */
export interface Digester {
  /** Digest of the data, named by the key it was made with. */
  readonly digest: (data: Readonly<Record<string, string>>) => string
  /**
   * `same` or `changed` as we wrote it; `unknown` when it was made with another key, so that a lost key never makes
   * fifty thousand healthy Secrets look tampered with.
   */
  readonly compare: (
    data: Readonly<Record<string, string>>,
    digest: string,
  ) => 'same' | 'changed' | 'unknown'
}

/** A digester by a secret key, so that a digest cannot be used to guess the data. `data` is as on the wire, base64. */
export function createDigester(key: Buffer): Digester {
  const keyName = createHash('sha256').update(key).digest('hex').slice(0, 8)

  function digest(data: Readonly<Record<string, string>>): string {
    const hmac = createHmac('sha256', key)
    for (const name of Object.keys(data).sort()) hmac.update(`${name}\0${data[name]}\0`)
    return `${keyName}:${hmac.digest('hex').slice(0, 32)}`
  }

  return {
    digest,
    compare(data, before) {
      if (!before.startsWith(`${keyName}:`)) return 'unknown'
      return digest(data) === before ? 'same' : 'changed'
    },
  }
}
