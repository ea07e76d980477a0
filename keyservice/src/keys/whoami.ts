import type { whoamiBody } from '@latchkey/core'
import type { z } from 'zod'
import { type Caller, mayReadAccount } from '../auth/caller.ts'
import { rightNames } from '../auth/right.ts'
import type { Service } from '../service.ts'
import { liveKeys, planOf } from './room.ts'

export type Whoami = z.infer<typeof whoamiBody>

/** The caller, what it may do (`*`: anything), and what room its account has. */
export async function whoami(service: Service, caller: Caller): Promise<Whoami> {
  return service.store.read(async (tables) => {
    const account = mayReadAccount(caller, caller.account)
      ? await tables.accounts.find(caller.account)
      : undefined
    const plan = account && planOf(service.rules, account)
    return {
      account: caller.account,
      ...(caller.keyId === undefined ? {} : { keyId: caller.keyId }),
      ...(caller.userId === undefined ? {} : { userId: caller.userId }),
      scopes: rightNames(caller.rights),
      ...(plan === undefined
        ? {}
        : {
            plan: {
              name: plan.id,
              ...(plan.keyLimit === undefined ? {} : { keyLimit: plan.keyLimit }),
              keysUsed: await liveKeys(tables, caller.account, service.clock()),
            },
          }),
    }
  })
}
