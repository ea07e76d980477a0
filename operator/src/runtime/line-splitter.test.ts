import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LineSplitter } from './line-splitter.ts'

function split(chunks: readonly Buffer[]): string[] {
  const lines: string[] = []
  const splitter = new LineSplitter((line) => lines.push(line))
  for (const chunk of chunks) splitter.push(chunk)
  return lines
}

test('gives the same lines wherever the bytes are cut, even within a character', () => {
  const line = fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
    .map((text) => text.replaceAll('\n', ' '))
  const input = fc.record({ lines: fc.array(line, { maxLength: 12 }), cuts: fc.array(fc.nat(400)) })
  fc.assert(
    fc.property(input, ({ lines, cuts }) => {
      const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''))
      const bounds = [0, ...cuts.map((cut) => Math.min(cut, bytes.length)), bytes.length].sort(
        (a, b) => a - b,
      )
      const chunks = bounds.slice(1).map((end, index) => bytes.subarray(bounds[index], end))
      expect(split(chunks)).toEqual(lines)
    }),
  )
})

test('gives the same lines when every byte comes alone', () => {
  const text = '{"name":"schlüssel-🔑"}\n\n{"b":2}\n'
  const chunks = [...Buffer.from(text)].map((byte) => Buffer.from([byte]))
  expect(split(chunks)).toEqual(['{"name":"schlüssel-🔑"}', '{"b":2}'])
})

test('keeps an unfinished line back', () => {
  expect(split([Buffer.from('a\nb')])).toEqual(['a'])
})

test('gives up on a line that never ends', () => {
  const splitter = new LineSplitter(() => {})
  const chunk = Buffer.alloc(8 * 1024 * 1024, 'x')
  expect(() => {
    for (let count = 0; count < 5; count += 1) splitter.push(chunk)
  }).toThrow(RangeError)
})
