import { readFileSync } from 'node:fs'
import type { Clock } from './clock.ts'
import type { CredentialSource, IssuedCredential } from './credentials.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

/** A projected token is replaced at four fifths of its life, at least two minutes before its end. */
const REREAD_MILLISECONDS = 30_000

/**
 * A bearer token in a file that someone else replaces (the kubelet, for a ServiceAccount). Read again after half a
 * minute and after a refusal; while the file cannot be read, the last token stays in use.
 *
 * @throws KubeconfigError if there has never been a token.
 */
export function createTokenFile(options: {
  readonly path: string
  readonly clock: Clock
}): CredentialSource {
  let credential: IssuedCredential | undefined
  let rereadAt = 0

  const read = (): IssuedCredential => {
    rereadAt = options.clock.monotonic() + REREAD_MILLISECONDS
    const token = readToken(options.path)
    if (token !== undefined && token !== credential?.token) credential = { token }
    if (credential === undefined) throw new KubeconfigError(`${options.path}: holds no token`)
    return credential
  }

  return {
    current: () =>
      credential !== undefined && options.clock.monotonic() < rereadAt ? credential : read(),
    renew: () => {
      const former = credential
      return read() !== former
    },
  }
}

function readToken(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8').trim() || undefined
  } catch {
    return undefined
  }
}
