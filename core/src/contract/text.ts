import { z } from 'zod'

/**
 * Text of `min` to `max` characters that every store can keep: PostgreSQL has none with U+0000 in it. Whatever a request
 * says in words of its own is one of these, so that the document says it too.
 */
export function text(min: number, max: number) {
  return z
    .string()
    .min(min)
    .max(max)
    .regex(/^[^\0]*$/, 'must not contain the character U+0000')
}
