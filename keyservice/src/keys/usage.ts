import type { usageBody } from '@latchkey/core'
import type { z } from 'zod'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import type { ScopeUse } from '../store/port/usage.ts'
import type { Tables } from '../store/port.ts'
import { findKey } from './find-key.ts'
import { requireKept } from './kept.ts'
import { instant, toRecord } from './record.ts'

/**
 * A replica that was silent for so long has crashed: what it had gathered is lost, and nobody waits for it. Where its
 * process is known to be gone, three reports of the usual pace that did not come are enough.
 */
const silentMs = 5 * 60_000
const goneMs = 15_000

/**
 * What a key was used for, over all its tokens: each of its scopes, and those it had before, with the number of uses. A
 * scope that was never used is one that the key may not need.
 */
export async function keyUsage(
  service: Service,
  caller: Caller,
  keyId: string,
): Promise<z.infer<typeof usageBody>> {
  requireRight(caller, 'readApiKeys')
  return service.store.read(async (tables) => {
    const nowMs = service.clock()
    const key = await findKey(tables, caller, keyId)
    requireKept(service.rules, key, nowMs)
    const credentials = await tables.credentials.ofKeys([keyId])
    const { lastUsedTime } = toRecord(service.rules, key, credentials, nowMs)
    const used = Map.groupBy(await tables.usage.ofKey(keyId), ({ scope }) => scope)
    const names = [...new Set([...key.scopes, ...used.keys()])].sort()
    return {
      keyId,
      ...(lastUsedTime === undefined ? {} : { lastUsedTime }),
      ...(await completeTime(tables, nowMs)),
      scopes: names.map((name) => ({
        name,
        granted: key.scopes.includes(name),
        ...sum(used.get(name) ?? []),
      })),
    }
  })
}

/** The instant before which every use is written, whichever replica saw it; absent while no replica vouches. */
export async function completeTime(
  tables: Tables,
  nowMs: number,
): Promise<{ readonly usesCompleteTime?: string }> {
  const completeMs = await tables.usage.completeMs(nowMs - silentMs, nowMs - goneMs)
  return completeMs === undefined ? {} : { usesCompleteTime: instant(completeMs) }
}

function sum(uses: readonly ScopeUse[]): { readonly uses: number; readonly lastUsedTime?: string } {
  if (uses.length === 0) return { uses: 0 }
  return {
    uses: uses.reduce((total, use) => total + use.uses, 0),
    lastUsedTime: instant(Math.max(...uses.map(({ lastUsedMs }) => lastUsedMs))),
  }
}
