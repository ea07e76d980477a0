import type { Store } from '../store/port.ts'
import { type Feed, openFeed } from './feed.ts'

/** A store whose writes wake those who follow its journal. */
export interface FollowedStore {
  readonly store: Store
  readonly feed: Feed
}

/** Puts a feed on a store: what this replica writes is seen at once, what others write after `pollMs` at most. */
export function followedStore(store: Store, pollMs: number): FollowedStore {
  const feed = openFeed(() => store.read((tables) => tables.journal.head()), pollMs)
  return {
    feed,
    store: {
      ...store,
      async write(work) {
        const result = await store.write(work)
        feed.nudge()
        return result
      },
      async close() {
        feed.close()
        await store.close()
      },
    },
  }
}
