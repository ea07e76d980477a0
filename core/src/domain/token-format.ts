/**
 * How a token is written: a prefix that scanners know, random characters, a checksum. The checksum lets anyone tell a
 * mistyped or invented token from a real one without asking the service, and keeps secret scanners from false alarms.
 */
export interface TokenFormat {
  /** For example `lk_` or `pk_live_`: tells the product, the environment and, for pairs, that it is the secret. */
  readonly prefix: string
}

/** A source of random bytes. Injected, so that the domain stays pure and a test can repeat itself. */
export type RandomBytes = (count: number) => Uint8Array

/** CRC32 (IEEE) of a text, unsigned: `crc32` of `node:zlib`. */
export type Checksum = (text: string) => number

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'
const randomLength = 36
const checksumLength = 6

/** Random bits of every token. Showing the last 8 characters, which are mostly checksum, leaves far over 128. */
export const tokenRandomBits = Math.floor(randomLength * Math.log2(alphabet.length))

/** `length` characters of base62, each equally likely: bytes that would favour some characters are thrown away. */
export function randomBase62(length: number, randomBytes: RandomBytes): string {
  const unbiased = 256 - (256 % alphabet.length)
  let text = ''
  while (text.length < length) {
    for (const byte of randomBytes(length - text.length)) {
      if (byte < unbiased) text += alphabet[byte % alphabet.length]
    }
  }
  return text
}

/** A new token, in clear: wrap it at once in `Token`. */
export function generateToken(
  format: TokenFormat,
  from: { readonly randomBytes: RandomBytes; readonly crc32: Checksum },
): string {
  const body = format.prefix + randomBase62(randomLength, from.randomBytes)
  return body + checksumText(body, from.crc32)
}

/** True when `text` has the prefix, the length, the alphabet and the checksum of the format. Says nothing of its life. */
export function hasTokenFormat(text: string, format: TokenFormat, crc32: Checksum): boolean {
  const length = format.prefix.length + randomLength + checksumLength
  if (text.length !== length || !text.startsWith(format.prefix)) return false
  if (!/^[0-9A-Za-z]+$/.test(text.slice(format.prefix.length))) return false
  return text.endsWith(checksumText(text.slice(0, -checksumLength), crc32))
}

/** How a service shows a token that it can no longer show: a setting, since the five products disagree. */
export const previewStyles = [
  'PrefixSuffix', // lk_...wxyz
  'Last8', // the last eight characters
  'KeyId', // the public half of a pair; nothing of the secret
  'None', // nothing at all
] as const

export type PreviewStyle = (typeof previewStyles)[number]

/** The parts of a token that a service may keep: enough for every style of preview, far too little to use. */
export interface TokenTraces {
  readonly prefix: string
  /** The last eight characters. */
  readonly suffix: string
}

/** What may be kept of a token in clear. */
export function tokenTraces(text: string, format: TokenFormat): TokenTraces {
  const prefix = text.startsWith(format.prefix) ? format.prefix : ''
  return { prefix, suffix: text.slice(-8) }
}

/** The masked form of a token. */
export function preview(style: PreviewStyle, traces: TokenTraces, keyId: string): string {
  switch (style) {
    case 'PrefixSuffix':
      return `${traces.prefix}...${traces.suffix.slice(-4)}`
    case 'Last8':
      return traces.suffix
    case 'KeyId':
      return keyId
    case 'None':
      return ''
  }
}

function checksumText(body: string, crc32: Checksum): string {
  let rest = crc32(body)
  let text = ''
  for (let index = 0; index < checksumLength; index++) {
    text = alphabet[rest % alphabet.length] + text
    rest = Math.floor(rest / alphabet.length)
  }
  return text
}
