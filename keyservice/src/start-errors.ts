import { KeyError } from '@latchkey/core'
import { DatabaseError } from 'pg'

// What most often keeps a service from starting, in a sentence that says what to do; a stack trace says it to nobody.

/** Why the database of `url` cannot be used. The password in the URL is not repeated. */
export function databaseError(url: string, cause: unknown): unknown {
  if (cause instanceof DatabaseError && refusals.has(cause.code ?? '')) {
    const message = `PostgreSQL refuses what DATABASE_URL asks for (${cause.message}): check its user, password and database`
    return new KeyError('Invalid', message, { cause })
  }
  const code = networkCode(cause)
  if (code === undefined) return cause
  const message = `No connection to PostgreSQL at ${new URL(url).host} (${code}): check DATABASE_URL, and that the database runs`
  return new KeyError('Invalid', message, { cause })
}

/** Why nobody can listen there. */
export function listenError(host: string, port: number, cause: unknown): unknown {
  const code = networkCode(cause)
  if (code === undefined) return cause
  const remedy =
    code === 'EADDRINUSE'
      ? 'another program listens there; stop it, or set LATCHKEY_PORT to a free port (0 takes any)'
      : 'set LATCHKEY_HOST and LATCHKEY_PORT to an address of this machine that may be used'
  return new KeyError('Invalid', `Cannot listen on ${host}:${port} (${code}): ${remedy}`, { cause })
}

/** Wrong password, no such user, no such database, not let in. */
const refusals: ReadonlySet<string> = new Set(['28P01', '28000', '3D000', '42501'])

function networkCode(cause: unknown): string | undefined {
  const { code, syscall } = cause as { readonly code?: unknown; readonly syscall?: unknown }
  return typeof code === 'string' && typeof syscall === 'string' ? code : undefined
}
