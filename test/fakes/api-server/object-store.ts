// What etcd and the watch cache are to the real API server: objects under one revision counter, and the history that
// watches are fed from.

import { expired } from './api-failure.ts'

/** Any stored object. */
export type StoredObject = {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata: StoredMeta
  readonly [field: string]: unknown
}

/** The metadata that the fake server maintains or looks at. */
export type StoredMeta = {
  readonly name: string
  readonly namespace?: string
  readonly uid: string
  readonly resourceVersion: string
  readonly generation?: number
  readonly creationTimestamp: string
  readonly deletionTimestamp?: string
  readonly finalizers?: readonly string[]
  readonly labels?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** One step of history: an object came, changed (both sides) or went. */
export type StoredChange = {
  readonly revision: number
  readonly collection: string
  readonly before: StoredObject | undefined
  readonly after: StoredObject | undefined
}

/** The server has been running for a while: what was before is not kept. */
const FIRST_REVISION = 100

/** Objects of all collections (a collection is named by its path without a namespace). */
export class ObjectStore {
  readonly #collections = new Map<string, Map<string, StoredObject>>()
  readonly #listeners = new Set<(change: StoredChange) => void>()
  #history: StoredChange[] = []
  #revision = FIRST_REVISION
  #compacted = FIRST_REVISION

  get revision(): number {
    return this.#revision
  }

  get(collection: string, key: string): StoredObject | undefined {
    return this.#collections.get(collection)?.get(key)
  }

  /** All objects of a collection in the order of their keys, as etcd has them. */
  list(collection: string): StoredObject[] {
    const entries = [...(this.#collections.get(collection) ?? new Map<string, StoredObject>())]
    return entries.sort(([left], [right]) => (left < right ? -1 : 1)).map(([, object]) => object)
  }

  /** Stores a new state of an object under the next revision, or removes it, and tells the watches. */
  commit(collection: string, key: string, next: StoredObject | undefined): StoredObject {
    this.#revision += 1
    const resourceVersion = String(this.#revision)
    const objects = this.#collections.get(collection) ?? new Map<string, StoredObject>()
    this.#collections.set(collection, objects)
    const before = objects.get(key)
    const subject = next ?? before
    if (subject === undefined) throw new Error(`${collection}: nothing to commit at ${key}`)
    const stored = { ...subject, metadata: { ...subject.metadata, resourceVersion } }
    if (next === undefined) objects.delete(key)
    else objects.set(key, stored)
    const after = next === undefined ? undefined : stored
    const change = {
      revision: this.#revision,
      collection,
      before: after === undefined ? stored : before,
      after,
    }
    this.#history.push(change)
    for (const listener of this.#listeners) listener(change)
    return stored
  }

  /** History after the revision. @throws ApiFailure 410 if it is not kept any more. */
  since(revision: number): readonly StoredChange[] {
    if (revision < this.#compacted) throw expired()
    return this.#history.filter((change) => change.revision > revision)
  }

  /** Forgets history, so that every watch that is behind gets a 410. */
  compact(): void {
    this.#history = []
    this.#revision += 1
    this.#compacted = this.#revision
  }

  /** Whether a snapshot of that revision can still be read. */
  keeps(revision: number): boolean {
    return revision >= this.#compacted
  }

  subscribe(listener: (change: StoredChange) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}
