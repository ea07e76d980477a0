import { KeyError, type KeyRecord, type KeyServicePort, mutableFields, Token } from '@latchkey/core'

/** A key service in memory for the tests of the reconcile: it keeps what it is told, and keeps no secrets. */
export interface KeyServiceModel {
  readonly port: KeyServicePort
  readonly keys: () => readonly KeyRecord[]
  /** The same port over a network that does this to each call. */
  readonly over: (network: () => Fate) => KeyServicePort
}

/** What a network does to one call: nothing, or it loses the request, or the answer. */
export type Fate = 'passes' | 'lost before' | 'lost after'

/**
 * An empty one, with pending keys: a repeated create gives the same key a fresh token, as long as it is pending. The token
 * of the credential `x` is `lk_x`. A test bends single verbs by spreading over the port. `now` is epoch milliseconds.
 */
export function createKeyServiceModel(now: () => number = () => 0): KeyServiceModel {
  const keys = new Map<string, KeyRecord>()
  const attempts = new Map<string, string>()
  let credentials = 0

  function known(id: string): KeyRecord {
    const key = keys.get(id)
    if (key === undefined) throw new KeyError('NotFound', `There is no key ${id}`)
    return key
  }

  function change(id: string, fields: Partial<KeyRecord>): KeyRecord {
    const before = known(id)
    const record = { ...before, ...fields, version: before.version + 1 }
    keys.set(id, record)
    return record
  }

  const port: KeyServicePort = {
    capabilities: { mint: 'Pending', mutable: new Set(mutableFields) },
    async issue({ displayName, owner, scopes, metadata, idempotencyKey }) {
      const first = attempts.get(idempotencyKey)
      if (first !== undefined && known(first).state !== 'pending')
        throw new KeyError('IdempotencyKeyReused', `Key ${first} was issued under this name`)
      const id = first ?? `key-${keys.size + 1}`
      const createdTime = new Date(now()).toISOString()
      credentials += 1
      const credentialId = `${id}-${credentials}`
      const key: KeyRecord = {
        id,
        displayName,
        account: 'main',
        ...(owner === undefined ? {} : { owner }),
        scopes: [...scopes],
        state: 'pending',
        credentials: [{ id: credentialId, role: 'current', preview: 'lk_…', createdTime }],
        metadata: { ...metadata },
        createdTime,
        version: 1 + (keys.get(id)?.version ?? 0),
      }
      attempts.set(idempotencyKey, id)
      keys.set(id, key)
      const credential = { kind: 'token', token: new Token(`lk_${credentialId}`) } as const
      return { key, credentialId, credential }
    },
    async activate(id, credentialId) {
      const { state, credentials } = known(id)
      const alive = state === 'pending' || state === 'active'
      if (!alive || !credentials.some((credential) => credential.id === credentialId))
        throw new KeyError('Conflict', `Key ${id} does not have the token ${credentialId}`)
      return change(id, { state: 'active' })
    },
    get: async (id) => keys.get(id),
    async *list() {
      yield* keys.values()
    },
    async update(id, { displayName, scopes }) {
      if (known(id).state === 'revoked') throw new KeyError('KeyRevoked', `Key ${id} is revoked`)
      return change(id, {
        ...(displayName === undefined ? {} : { displayName }),
        ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      })
    },
    async revoke(id) {
      if (!keys.has(id)) return false
      change(id, { state: 'revoked' })
      return true
    },
    probe: async () => ({ valid: false, reason: 'KeyPending' }),
    whoami: async () => ({ account: 'main', scopes: [] }),
    close: async () => undefined,
  }
  function over(network: () => Fate): KeyServicePort {
    async function send<T>(call: () => Promise<T>): Promise<T> {
      const fate = network()
      if (fate === 'lost before') throw lost()
      const answer = await call()
      if (fate === 'lost after') throw lost()
      return answer
    }
    return {
      ...port,
      issue: (request) => send(() => port.issue(request)),
      activate: (...token) => send(() => port.activate(...token)),
      get: (id) => send(() => port.get(id)),
      async *list(filter) {
        await send(async () => undefined)
        yield* port.list(filter)
      },
      update: (...change) => send(() => port.update(...change)),
      revoke: (id) => send(() => port.revoke(id)),
      probe: (credential) => send(() => port.probe(credential)),
    }
  }

  return { port, keys: () => [...keys.values()], over }
}

function lost(): KeyError {
  return new KeyError('ServiceUnreachable', 'The connection broke')
}
