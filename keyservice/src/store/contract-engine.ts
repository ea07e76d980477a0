import { afterEach, beforeEach } from 'vitest'
import { account } from './contract-rows.ts'
import type { StoredCredential } from './port/credentials.ts'
import type { KeyFilter, StoredKey } from './port/keys.ts'
import type { Store } from './port.ts'

/** A fresh database, and stores on it. */
export interface Engine {
  /** Opens one more store on the database. */
  open(): Promise<Store>
  /** Runs one statement past the store, as somebody with the database's password could, and gives its rows. */
  execute(statement: string): Promise<readonly object[]>
  /** Throws the database away. */
  remove(): Promise<void>
}

/** What a test of a contract works on. */
export interface Fixture {
  engine: Engine
  /** Open, with the account of `contract-rows.ts`; a test that closes it puts another in its place. */
  store: Store
  /** Writes a key, and its token where one is given. */
  put(key: StoredKey, credential?: StoredCredential): Promise<void>
  /** The ids of the keys that a filter finds, in their own order. */
  ids(filter: KeyFilter): Promise<readonly string[]>
}

/** Gives each test of the suite that calls it an engine of its own, and throws it away after the test. */
export function freshEngine(create: () => Promise<Engine>): Fixture {
  const fixture = {} as Fixture
  fixture.put = (key, credential) =>
    fixture.store.write(async (tables) => {
      await tables.keys.insert(key)
      if (credential !== undefined) await tables.credentials.insert(credential)
    })
  fixture.ids = async (filter) => {
    const page = { by: 'createdMs', descending: false, limit: 100 } as const
    const keys = await fixture.store.read((tables) => tables.keys.page(filter, page))
    return keys.map(({ id }) => id).sort()
  }
  beforeEach(async () => {
    fixture.engine = await create()
    fixture.store = await fixture.engine.open()
    await fixture.store.write((tables) => tables.accounts.insert(account))
  })
  afterEach(async () => {
    await fixture.store.close()
    await fixture.engine.remove()
  })
  return fixture
}
