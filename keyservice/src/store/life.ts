import type { RandomBytes } from '@latchkey/core'
import { randomBase62 } from '@latchkey/core'
import type { Store } from './port.ts'

/** Names the life of a store that has none yet. Safe to repeat and to run on several replicas at once. */
export async function beginLife(store: Store, randomBytes: RandomBytes): Promise<void> {
  if ((await store.read((tables) => tables.life.find())) !== undefined) return
  await store.write(async (tables) => {
    await tables.life.insertOnce(randomBase62(16, randomBytes))
  })
}
