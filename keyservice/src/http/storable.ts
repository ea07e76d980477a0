import { KeyError } from '@latchkey/core'
import type { HonoRequest } from 'hono'

// PostgreSQL has no text with U+0000 in it, and SQLite does: it is refused at the door, so that both engines take the same.

const zero = '\u0000'

/** Throws `Invalid` with the field when a request has text that no store could keep. */
export async function requireStorable(request: HonoRequest): Promise<void> {
  if (request.url.includes('%00')) throw unstorable('path or query')
  if (!request.header('content-type')?.startsWith('application/json')) return
  const text = await request.text()
  // In JSON the character is always written as its escape: without one there is nothing to look for.
  if (!text.includes('\\u0000')) return
  const path = pathOfZero(parsed(text), '')
  if (path !== undefined) throw unstorable(path)
}

function pathOfZero(value: unknown, path: string): string | undefined {
  if (typeof value === 'string') return value.includes(zero) ? path : undefined
  if (value === null || typeof value !== 'object') return undefined
  for (const [name, inner] of Object.entries(value)) {
    const here = path === '' ? name : `${path}.${name}`
    const found = name.includes(zero) ? here : pathOfZero(inner, here)
    if (found !== undefined) return found
  }
  return undefined
}

/** What is not JSON is told by the route. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function unstorable(path: string): KeyError {
  const message = 'must not contain the character U+0000'
  return new KeyError('Invalid', `${path}: ${message}`, { issues: [{ path, message }] })
}
