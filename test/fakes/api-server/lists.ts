import { expired } from './api-failure.ts'
import type { ObjectStore, StoredObject } from './object-store.ts'
import type { Selects } from './selection.ts'

type Snapshot = { readonly revision: number; readonly objects: readonly StoredObject[] }

/** Reads collections page by page; the pages of one list show one snapshot, until it is compacted away. */
export class Lists {
  readonly #store: ObjectStore
  readonly #snapshots = new Map<number, Snapshot>()
  #nextId = 1

  constructor(store: ObjectStore) {
    this.#store = store
  }

  /** One page as the body of a list. @throws ApiFailure 410 for an expired continue token. */
  page(
    collection: string,
    selects: Selects,
    query: URLSearchParams,
  ): { readonly metadata: object; readonly items: readonly StoredObject[] } {
    const token = query.get('continue')
    const [id = 0, offset = 0] = token === null ? [] : token.split('.').map(Number)
    const snapshot = token === null ? this.#take(collection, selects) : this.#snapshots.get(id)
    if (snapshot === undefined || !this.#store.keeps(snapshot.revision)) throw expired()
    const limit = Number(query.get('limit') ?? 0) || snapshot.objects.length
    const items = snapshot.objects.slice(offset, offset + limit)
    const rest = snapshot.objects.length - offset - items.length
    return { metadata: this.#metadata(snapshot, id, offset + limit, rest), items }
  }

  #take(collection: string, selects: Selects): Snapshot {
    return { revision: this.#store.revision, objects: this.#store.list(collection).filter(selects) }
  }

  #metadata(snapshot: Snapshot, id: number, next: number, rest: number): object {
    const resourceVersion = String(snapshot.revision)
    if (rest <= 0) return { resourceVersion }
    const known = id || this.#nextId++
    this.#snapshots.set(known, snapshot)
    return { resourceVersion, continue: `${known}.${next}`, remainingItemCount: rest }
  }
}
