import { isLive, type KeyRecord, type Mark, markFromMetadata, type OwnKey } from '@latchkey/core'

/**
 * What a key service last told about the keys that carry our mark, by the uid of their ApiKey. Decisions at rest cost
 * no call because of it. It may be behind, so it never proves that a key is absent: that takes a complete list.
 */
export interface KeyView {
  /** A complete list has been read once. */
  readonly synced: () => boolean
  readonly keysOf: (uid: string) => readonly OwnKey[]
  /** Whether telling this version of a key would be no news. Never while a list is under way, which may know better. */
  readonly knows: (keyId: string, version: number) => boolean
  /**
   * Takes in what was told about one key; an older version than the known one is ignored, and so is a key without our
   * mark. Answers with the uid of its ApiKey when this was news.
   */
  readonly put: (record: KeyRecord) => string | undefined
  /** The service no longer has this key. Answers with the uid of its ApiKey when it was known. */
  readonly forget: (keyId: string) => string | undefined
  /** A complete list of one ApiKey's keys replaces what was known of it. */
  readonly replace: (uid: string, records: readonly KeyRecord[]) => void
  /** Starts to take in a complete list of the whole service. */
  readonly begin: () => KeyListing
}

/** A complete list on its way into the view. */
export interface KeyListing {
  readonly add: (record: KeyRecord) => void
  /** Ends the list; answers with the uids whose keys changed. What was put meanwhile is newer and stays. */
  readonly finish: () => readonly string[]
  /** Gives the list up; the view stays as it is. */
  readonly abandon: () => void
}

/** An empty view of the keys of one cluster at one service. */
export function createKeyView(cluster: string): KeyView {
  let complete = false
  let listings = 0
  const keys = new Map<string, readonly OwnKey[]>()
  const uidOfKey = new Map<string, string>()
  const touched = new Set<string>()

  function put(record: KeyRecord): string | undefined {
    const own = toOwnKey(record, cluster)
    if (own === undefined) return undefined
    const { uid } = own.mark
    const known = keys.get(uid) ?? []
    const before = known.find((key) => key.record.id === record.id)
    if (before !== undefined && before.record.version > record.version) return undefined
    if (listings > 0) touched.add(uid)
    if (before !== undefined && nameOf(before) === nameOf(own)) return undefined
    const others = known.filter((key) => key !== before)
    keep(uid, [...others, own])
    return uid
  }

  function keep(uid: string, own: readonly OwnKey[]): void {
    const kept = worthKeeping(own)
    for (const { record } of keys.get(uid) ?? none) uidOfKey.delete(record.id)
    for (const { record } of kept) uidOfKey.set(record.id, uid)
    if (kept.length === 0) keys.delete(uid)
    else keys.set(uid, kept)
  }

  function forget(keyId: string): string | undefined {
    const uid = uidOfKey.get(keyId)
    if (uid === undefined) return undefined
    if (listings > 0) touched.add(uid)
    const left = (keys.get(uid) ?? none).filter((key) => key.record.id !== keyId)
    keep(uid, left)
    return uid
  }

  function knows(keyId: string, version: number): boolean {
    const uid = uidOfKey.get(keyId)
    if (uid === undefined || listings > 0) return false
    const known = keys.get(uid)?.find(({ record }) => record.id === keyId)
    return known !== undefined && known.record.version >= version
  }

  function ended(): void {
    listings -= 1
    if (listings === 0) touched.clear()
  }

  return {
    synced: () => complete,
    keysOf: (uid) => keys.get(uid) ?? none,
    knows,
    put,
    forget,
    replace(uid, records) {
      if (listings > 0) touched.add(uid)
      const own = records.flatMap((record) => toOwnKey(record, cluster) ?? [])
      keep(
        uid,
        own.filter((key) => key.mark.uid === uid),
      )
    },
    begin() {
      listings += 1
      const listed = new Map<string, OwnKey[]>()
      return {
        add(record) {
          const own = toOwnKey(record, cluster)
          if (own === undefined) return
          const list = listed.get(own.mark.uid)
          if (list === undefined) listed.set(own.mark.uid, [own])
          else list.push(own)
        },
        finish() {
          const changed: string[] = []
          for (const uid of new Set([...keys.keys(), ...listed.keys()])) {
            if (touched.has(uid)) continue
            const fresh = worthKeeping(listed.get(uid) ?? [])
            if (sameKeys(keys.get(uid) ?? [], fresh)) continue
            changed.push(uid)
            keep(uid, fresh)
          }
          ended()
          complete = true
          return changed
        },
        abandon: ended,
      }
    },
  }
}

const none: readonly OwnKey[] = []

const noMetadata: Readonly<Record<string, string>> = {}

/** The mark says what the metadata says, in a tenth of the room. */
function toOwnKey(record: KeyRecord, cluster: string): OwnKey | undefined {
  const mark: Mark | undefined = markFromMetadata(record.metadata)
  return mark?.cluster === cluster
    ? { record: { ...record, metadata: noMetadata }, mark }
    : undefined
}

/** Dead keys pile up at a service; of an ApiKey's only the newest says anything, namely its revision. */
function worthKeeping(keys: readonly OwnKey[]): readonly OwnKey[] {
  if (keys.length < 2) return keys
  const newest = Math.max(...keys.map((key) => key.mark.revision))
  return keys.filter((key) => isLive(key.record) || key.mark.revision === newest)
}

function sameKeys(left: readonly OwnKey[], right: readonly OwnKey[]): boolean {
  return (
    left.length === right.length &&
    left.map(nameOf).sort().join() === right.map(nameOf).sort().join()
  )
}

/** Two tellings with the same name say the same. Uses do not move the version; one a day is worth telling. */
function nameOf({ record }: OwnKey): string {
  return `${record.id} ${record.version} ${record.state} ${record.lastUsedTime?.slice(0, 10)}`
}
