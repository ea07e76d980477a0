import { type KeyRecord, type KeyServicePort, mutableFields, Token } from '@latchkey/core'

/** A key service in memory for the tests of the reconcile: it keeps what it is told, and keeps no secrets. */
export interface KeyServiceModel {
  readonly port: KeyServicePort
  readonly keys: () => readonly KeyRecord[]
}

/** An empty one. A test bends single verbs by spreading over the port. */
export function createKeyServiceModel(): KeyServiceModel {
  const keys = new Map<string, KeyRecord>()

  function change(id: string, fields: Partial<KeyRecord>): KeyRecord {
    const before = keys.get(id)
    if (before === undefined) throw new Error(`There is no key ${id}`)
    const record = { ...before, ...fields, version: before.version + 1 }
    keys.set(id, record)
    return record
  }

  const port: KeyServicePort = {
    capabilities: { mint: 'Pending', mutable: new Set(mutableFields) },
    async issue({ displayName, owner, scopes, metadata }) {
      const id = `key-${keys.size + 1}`
      const key: KeyRecord = {
        id,
        displayName,
        account: 'main',
        ...(owner === undefined ? {} : { owner }),
        scopes: [...scopes],
        state: 'pending',
        credentials: [
          { id: `${id}-a`, role: 'current', preview: 'lk_…', createdTime: '2026-01-01T00:00:00Z' },
        ],
        metadata: { ...metadata },
        createdTime: '2026-01-01T00:00:00Z',
        version: 1,
      }
      keys.set(id, key)
      const credential = { kind: 'token', token: new Token(`lk_${id}`) } as const
      return { key, credentialId: `${id}-a`, credential }
    },
    activate: async (id) => change(id, { state: 'active' }),
    get: async (id) => keys.get(id),
    async *list() {
      yield* keys.values()
    },
    update: async (id, { displayName, scopes }) =>
      change(id, {
        ...(displayName === undefined ? {} : { displayName }),
        ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      }),
    async revoke(id) {
      change(id, { state: 'revoked' })
      return true
    },
    probe: async () => ({ valid: false, reason: 'KeyPending' }),
    whoami: async () => ({ account: 'main', scopes: [] }),
    close: async () => undefined,
  }
  return { port, keys: () => [...keys.values()] }
}
