import {
  describeIssues,
  issuedKeyBody,
  keyListBody,
  type ParsedFields,
  parseFields,
  Token,
  verdictBody,
} from '@latchkey/core'
import type { LocalKeyService } from './key-service.ts'

/** The few calls that setting up needs, as the administrator. Every method rejects with the service's own sentence. */
export interface KeyServiceClient {
  /** A new key; the only answer with a token. */
  readonly issue: (wish: {
    readonly displayName: string
    readonly description: string
    readonly scopes: readonly string[]
    readonly metadata: Readonly<Record<string, string>>
  }) => Promise<{ readonly keyId: string; readonly token: Token }>
  /** Whether a token works and has all of these rights. Neither a use nor an acknowledgement. */
  readonly works: (token: Token, scopes: readonly string[]) => Promise<boolean>
  /** The ids of the live keys that carry this metadata. */
  readonly list: (metadata: Readonly<Record<string, string>>) => Promise<readonly string[]>
  /** Safe to repeat. */
  readonly revoke: (keyId: string) => Promise<void>
}

/** Calls a key service that runs on this machine. */
export function keyServiceClient({ url, token }: LocalKeyService): KeyServiceClient {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(url + path, {
      method,
      headers: { authorization: `Bearer ${token.reveal()}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(30_000),
    })
    const content: unknown = await answer.json().catch(() => undefined)
    if (answer.ok) return content
    const { detail } = (content ?? {}) as { readonly detail?: string }
    throw new Error(
      `The key service refuses ${method} ${path.split('?')[0]}: ${detail ?? answer.status}`,
    )
  }
  const read = <T>(parsed: ParsedFields<T>): T => {
    if (parsed.kind === 'valid') return parsed.value
    throw new Error(
      `What answers at ${url} is no key service of this version (${describeIssues(parsed.issues)}): end it, then start again`,
    )
  }
  return {
    issue: async (wish) => {
      const { key, credential } = read(
        parseFields(issuedKeyBody, await call('POST', '/apikeys', wish), 'answer'),
      )
      if (credential.token === undefined) {
        throw new Error('The key service issues pairs; the bundled one is expected to issue tokens')
      }
      return { keyId: key.id, token: new Token(credential.token) }
    },
    works: async (asked, scopes) => {
      const question = { token: asked.reveal(), scopes, probe: true }
      const answer = await call('POST', '/verify', question)
      return read(parseFields(verdictBody, answer, 'answer')).valid
    },
    list: async (metadata) => {
      const query = new URLSearchParams({ limit: '500', state: 'active' })
      for (const [name, value] of Object.entries(metadata)) {
        query.append('metadata', `${name}=${value}`)
      }
      const answer = await call('GET', `/apikeys?${query}`)
      const { items } = read(parseFields(keyListBody, answer, 'answer'))
      return items.map(({ id }) => id)
    },
    revoke: async (keyId) => {
      await call('DELETE', `/apikeys/${encodeURIComponent(keyId)}`)
    },
  }
}
