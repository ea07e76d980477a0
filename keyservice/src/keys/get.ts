import type { KeyRecord } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireRight } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { findKey } from './find-key.ts'
import { requireKept } from './kept.ts'
import { toRecord } from './record.ts'
import { completeTime } from './usage.ts'

/** One key, dead ones included as long as they are kept. */
export async function getKey(service: Service, caller: Caller, keyId: string): Promise<KeyRecord> {
  requireRight(caller, 'readApiKeys')
  return service.store.read(async (tables) => {
    const nowMs = service.clock()
    const key = await findKey(tables, caller, keyId)
    requireKept(service.rules, key, nowMs)
    const credentials = await tables.credentials.ofKeys([keyId])
    return {
      ...toRecord(service.rules, key, credentials, nowMs),
      ...(await completeTime(tables, nowMs)),
    }
  })
}
