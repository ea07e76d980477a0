import type { KeyRecord, keyListQuery } from '@latchkey/core'
import { KeyError } from '@latchkey/core'
import { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { KeyFilter, KeyPage, StoredKey } from '../store/port/keys.ts'
import { goneBeforeMs } from './kept.ts'
import { toRecord } from './record.ts'
import { completeTime } from './usage.ts'

export type ListKeys = z.infer<typeof keyListQuery>

/** One page of keys, how many there are in all, and how to go on. */
export interface KeyList {
  readonly items: KeyRecord[]
  readonly total: number
  readonly nextCursor?: string
}

/**
 * Lists keys, dead ones included as long as they are kept. A cursor names the last key that was seen, not a position: keys that come or go
 * meanwhile neither hide nor repeat others.
 */
export async function listKeys(
  service: Service,
  caller: Caller,
  query: ListKeys,
): Promise<KeyList> {
  requireRight(caller, 'readApiKeys')
  const nowMs = service.clock()
  const filter = filterOf(service.rules, caller, query, nowMs)
  const { page, counted } = pageOf(query)
  return service.store.read(async (tables) => {
    // Who walks through a million keys has them counted once, not on each of ten thousand pages.
    const total = counted ?? (await tables.keys.count(filter))
    const keys = await tables.keys.page(filter, { ...page, limit: query.limit + 1 })
    const shown = keys.slice(0, query.limit)
    const credentials = Map.groupBy(
      await tables.credentials.ofKeys(shown.map(({ id }) => id)),
      ({ keyId }) => keyId,
    )
    const last = shown.at(-1)
    const complete = await completeTime(tables, nowMs)
    return {
      items: shown.map((key) => ({
        ...toRecord(service.rules, key, credentials.get(key.id) ?? [], nowMs),
        ...complete,
      })),
      total,
      ...(keys.length > query.limit && last !== undefined
        ? { nextCursor: cursorOf(page, query.sort, last, total) }
        : {}),
    }
  })
}

function filterOf(
  rules: Service['rules'],
  caller: Caller,
  query: ListKeys,
  nowMs: number,
): KeyFilter {
  if (caller.space !== null && query.space !== undefined && query.space !== caller.space) {
    throw new KeyError('SpaceNotFound', `There is no space ${query.space} for you`)
  }
  const space = caller.space ?? query.space
  const revokedAfterMs = goneBeforeMs(rules, nowMs)
  return {
    nowMs,
    ...(revokedAfterMs === undefined ? {} : { revokedAfterMs }),
    ...(caller.reach.kind === 'account' ? { account: caller.reach.account } : {}),
    ...(space === undefined ? {} : { space }),
    ...(query.owner === undefined ? {} : { owner: query.owner }),
    ...(query.state === undefined ? {} : { state: query.state }),
    ...(query.search === undefined ? {} : { search: query.search }),
    metadata: [query.metadata ?? []].flat().map(pair),
  }
}

function pair(text: string): { readonly name: string; readonly value: string } {
  const at = text.indexOf('=')
  return { name: text.slice(0, at), value: text.slice(at + 1) }
}

/** Only what a cursor of ours can hold: PostgreSQL would refuse other numbers, and text with U+0000. */
const part = z.string().refine((text) => !text.includes('\u0000'))
const cursorText = z.tuple([z.string(), z.union([part, z.int()]), part, z.int().min(0)])

/** Where a page begins, and how many keys there were when the first one was asked for. */
interface AskedPage {
  readonly page: Omit<KeyPage, 'limit'>
  readonly counted?: number
}

function pageOf(query: ListKeys): AskedPage {
  const descending = query.sort.startsWith('-')
  const by = query.sort.endsWith('createdTime') ? 'createdMs' : 'displayName'
  if (query.cursor === undefined) return { page: { by, descending } }
  const [sort, value, id, counted] = readCursor(query.cursor)
  const fits = sort === query.sort && typeof value === (by === 'createdMs' ? 'number' : 'string')
  if (!fits) throw invalid('cursor', 'comes from a list in another order')
  return { page: { by, descending, after: { value, id } }, counted }
}

function cursorOf(
  { by }: Pick<KeyPage, 'by'>,
  sort: string,
  last: StoredKey,
  total: number,
): string {
  return Buffer.from(JSON.stringify([sort, last[by], last.id, total])).toString('base64url')
}

function readCursor(cursor: string): z.infer<typeof cursorText> {
  try {
    return cursorText.parse(JSON.parse(Buffer.from(cursor, 'base64url').toString()))
  } catch {
    throw invalid('cursor', 'must be the nextCursor of an earlier page')
  }
}

function invalid(path: string, message: string): KeyError {
  return new KeyError('Invalid', `The query's ${path} ${message}`, { issues: [{ path, message }] })
}
