import {
  createHttp,
  createLatchkeyDriver,
  type KeyRecord,
  Token,
  type Verdict,
} from '@latchkey/core'

/** What a test asks the key service about the truth. */
export interface ServiceView {
  /** Every key that carries an ownership mark, or that of one namespace. */
  marked(namespace?: string): Promise<KeyRecord[]>
  /** Those of them that can be used. */
  live(namespace?: string): Promise<KeyRecord[]>
  /** Whether a token works; neither acknowledges nor counts. */
  verify(token: string): Promise<Verdict>
  revoke(keyId: string): Promise<void>
  rename(keyId: string, displayName: string): Promise<void>
  /** Reports a token as published: to have it in full is all that the reporter needs. */
  reportLeak(token: string): Promise<void>
  close(): Promise<void>
}

/** The key service as its administrator sees it. */
export function viewService(url: string, token: string): ServiceView {
  const http = createHttp({ url })
  const port = createLatchkeyDriver({
    url,
    http,
    credential: { kind: 'token', token: new Token(token) },
  })

  async function marked(namespace?: string): Promise<KeyRecord[]> {
    const keys: KeyRecord[] = []
    for await (const key of port.list(
      namespace === undefined ? {} : { 'latchkey.dev/namespace': namespace },
    )) {
      if (key.metadata['latchkey.dev/uid'] !== undefined) keys.push(key)
    }
    return keys
  }

  return {
    marked,
    live: async (namespace) =>
      (await marked(namespace)).filter(({ state }) => state === 'active' || state === 'pending'),
    verify: (text) => port.probe({ kind: 'token', token: new Token(text) }),
    rename: async (keyId, displayName) => {
      await port.update(keyId, { displayName })
    },
    revoke: async (keyId) => {
      await port.revoke(keyId)
    },
    async reportLeak(published) {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
      const body = JSON.stringify({ token: published, source: 'repository' })
      const answer = await http.send({ method: 'POST', path: '/leaks', headers, body })
      if (answer.status !== 200) throw new Error(`The report was answered ${answer.status}`)
    },
    close: () => http.close(),
  }
}
