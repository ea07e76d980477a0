// The cache behind an informer: one map that lists, watch events and our own writes all flow into, in whatever order
// the network delivers them. It alone decides which of two versions of an object is the newer one.

import { compareResourceVersions } from './resource-version.ts'

/** What every cached record carries besides what its decoder kept. */
export type InformedRecord = {
  /** Empty for a cluster-scoped object. */
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
}

/** One change of the cache, told after it has been made. */
export type Change<R> = {
  readonly kind: 'added' | 'updated' | 'deleted'
  readonly key: string
  /** The record as it is now; for a deletion, as it last was. */
  readonly record: R
  readonly previous: R | undefined
  /** Part of the first complete read: not news, only new to us. */
  readonly initial: boolean
  /** The answer to a write of ours, told by `put`: not news to who wrote it. */
  readonly written: boolean
}

/** The name under which a record is cached: `namespace/name`, or `name` where there is no namespace. */
export function recordKey(object: { readonly namespace?: string; readonly name: string }): string {
  return object.namespace ? `${object.namespace}/${object.name}` : object.name
}

/**
 * Records by key. A complete read (`beginList`, `list` …, `endList`) is merged in place: what it does not contain is
 * swept at its end, so readers never see an empty cache.
 *
 * `put` gives read-your-writes. It is exact where resourceVersions are comparable: the watch delivers in order, so a
 * version that the stream has passed is already known, and one that it has not is newer than everything stored.
 */
export class RecordStore<R extends InformedRecord> {
  readonly #records = new Map<string, R>()
  readonly #onChange: (change: Change<R>) => void
  #listing: { readonly seen: Set<string>; readonly put: Set<string> } | undefined
  /** The stream has delivered everything up to here; undefined until the first read is complete and during reads. */
  #streamVersion: string | undefined
  #complete = false

  constructor(onChange: (change: Change<R>) => void) {
    this.#onChange = onChange
  }

  get size(): number {
    return this.#records.size
  }

  get(key: string): R | undefined {
    return this.#records.get(key)
  }

  values(): IterableIterator<R> {
    return this.#records.values()
  }

  /** Starts a complete read; a former one that broke off is forgotten. */
  beginList(): void {
    this.#listing = { seen: new Set(), put: new Set() }
    this.#streamVersion = undefined
  }

  /** Ends the read: sweeps what it did not contain. `resourceVersion` is the snapshot's. */
  endList(resourceVersion: string): void {
    const listing = this.#listing
    this.#listing = undefined
    this.#streamVersion = resourceVersion
    if (listing === undefined) return
    for (const [key, record] of this.#records) {
      if (listing.seen.has(key)) continue
      const written = listing.put.has(key) && isNewer(record.resourceVersion, resourceVersion)
      if (!written) this.#delete(key, record, record)
    }
    this.#complete = true
  }

  /** Takes in an object that a read or the watch delivered. */
  apply(record: R): void {
    const key = recordKey(record)
    const stored = this.#records.get(key)
    if (this.#listing !== undefined) {
      this.#listing.seen.add(key)
      // The read is of now: only what was written since may be newer. (An older etcd, restored from a backup, wins.)
      if (stored !== undefined && !this.#listing.put.has(key)) {
        if (stored.resourceVersion !== record.resourceVersion) this.#store(key, record, stored)
        return
      }
    }
    if (stored === undefined || !isSameOrOlder(record.resourceVersion, stored.resourceVersion)) {
      this.#store(key, record, stored)
    }
    this.advance(record.resourceVersion)
  }

  /** Takes in a deletion that the watch delivered. */
  remove(record: R): void {
    const key = recordKey(record)
    this.#listing?.seen.delete(key)
    const stored = this.#records.get(key)
    // What is newer has been created again since, and written by us.
    if (stored !== undefined && !isNewer(stored.resourceVersion, record.resourceVersion)) {
      this.#delete(key, record, stored)
    }
    this.advance(record.resourceVersion)
  }

  /** Notes how far the stream has come (bookmarks carry no object). */
  advance(resourceVersion: string): void {
    if (this.#listing === undefined) this.#streamVersion = resourceVersion
  }

  /** Takes in the answer to a successful write of ours, unless the watch has been faster. */
  put(record: R): void {
    const key = recordKey(record)
    const stored = this.#records.get(key)
    const passed = this.#streamVersion
    // If the stream has passed this version, the object is stored as new or newer, or it is gone by now.
    if (passed !== undefined && isSameOrOlder(record.resourceVersion, passed)) return
    if (stored !== undefined && isSameOrOlder(record.resourceVersion, stored.resourceVersion))
      return
    this.#listing?.put.add(key)
    this.#store(key, record, stored, true)
  }

  #store(key: string, record: R, previous: R | undefined, written = false): void {
    this.#records.set(key, record)
    const kind = previous === undefined ? 'added' : 'updated'
    this.#onChange({ kind, key, record, previous, initial: !this.#complete, written })
  }

  #delete(key: string, record: R, previous: R): void {
    this.#records.delete(key)
    const initial = !this.#complete
    this.#onChange({ kind: 'deleted', key, record, previous, initial, written: false })
  }
}

function isNewer(left: string, right: string): boolean {
  return (compareResourceVersions(left, right) ?? 0) > 0
}

function isSameOrOlder(left: string, right: string): boolean {
  const order = compareResourceVersions(left, right)
  return order !== undefined && order <= 0
}
