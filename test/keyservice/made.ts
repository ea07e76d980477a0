/** What a run of requests has made so far, so that later requests reach into it. */
export interface Made {
  /** Remembers what an answer tells: keys, credentials, tokens, accounts, spaces, users. */
  readonly learn: (path: string, body: unknown) => void
  /** One of a kind, counted from the newest; undefined where there is none. */
  readonly take: (kind: MadeKind, back: number) => string | undefined
  /** True when a text contains a token that was handed out. */
  readonly holdsToken: (text: string) => boolean
}

/** The kinds, by the names under which requests refer to them. */
export type MadeKind = 'apikeys' | 'accounts' | 'spaces' | 'users' | 'credentialId' | 'token'

interface Issued {
  readonly id?: string
  readonly key?: { readonly id?: string }
  readonly credential?: { readonly id?: string; readonly token?: string }
}

/** An empty memory. */
export function madeSoFar(): Made {
  const known = new Map<MadeKind, string[]>()
  const tokens = new Set<string>()
  const remember = (kind: MadeKind, value: string | undefined) => {
    if (value !== undefined) known.set(kind, [...(known.get(kind) ?? []), value].slice(-50))
  }
  return {
    learn(path, body) {
      const noun = path.split('/')[1]
      const { id, key, credential } = body as Issued
      if (noun === 'apikeys') remember('apikeys', key?.id)
      if (noun === 'accounts' || noun === 'spaces' || noun === 'users') remember(noun, id)
      remember('credentialId', credential?.id)
      remember('token', credential?.token)
      if (credential?.token !== undefined) tokens.add(credential.token)
    },
    take(kind, back) {
      const values = known.get(kind) ?? []
      return values[Math.max(0, values.length - 1 - back)]
    },
    holdsToken: (text) =>
      (text.match(/lk_[0-9A-Za-z]{42}/g) ?? []).some((each) => tokens.has(each)),
  }
}
