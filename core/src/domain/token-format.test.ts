import { randomBytes } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import {
  generateToken,
  hasTokenFormat,
  preview,
  randomBase62,
  tokenRandomBits,
  tokenTraces,
} from './token-format.ts'

const format = { prefix: 'lk_' }
const generate = () => generateToken(format, { randomBytes, crc32 })

describe('token format', () => {
  test('a token carries at least 190 random bits', () => {
    expect(tokenRandomBits).toBeGreaterThanOrEqual(190)
    expect(generate()).toHaveLength(3 + 36 + 6)
  })

  test('every token that we generate has the format, whatever the random bytes were', () => {
    for (let round = 0; round < 500; round++) {
      expect(hasTokenFormat(generate(), format, crc32)).toBe(true)
    }
  })

  test('one changed character is noticed by the checksum', () => {
    const token = generate()
    for (let index = 0; index < token.length; index++) {
      const other = token[index] === 'x' ? 'y' : 'x'
      const changed = token.slice(0, index) + other + token.slice(index + 1)
      expect(hasTokenFormat(changed, format, crc32)).toBe(false)
    }
  })

  test('bytes that would favour some characters are thrown away', () => {
    const bytes = [Uint8Array.of(255, 248, 0), Uint8Array.of(61, 62)]
    expect(randomBase62(3, () => bytes.shift() ?? new Uint8Array())).toBe('0z0')
  })

  test('P9 B6 A10 C14: each style of preview shows what it promises and no more', () => {
    const token = generate()
    const traces = tokenTraces(token, format)
    expect(preview('PrefixSuffix', traces, 'apiKey-1')).toBe(`lk_...${token.slice(-4)}`)
    expect(preview('Last8', traces, 'apiKey-1')).toBe(token.slice(-8))
    expect(preview('KeyId', traces, 'apiKey-1')).toBe('apiKey-1')
    expect(preview('None', traces, 'apiKey-1')).toBe('')
  })
})
