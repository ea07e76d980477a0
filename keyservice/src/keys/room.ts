import { KeyError } from '@latchkey/core'
import type { Plan, Rules } from '../service.ts'
import type { StoredAccount } from '../store/port/accounts.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** The plan of an account; an account whose plan is gone from the configuration has no keys. */
export function planOf(rules: Pick<Rules, 'plans'>, account: Pick<StoredAccount, 'plan'>): Plan {
  return (
    rules.plans.find((plan) => plan.id === account.plan) ?? {
      id: account.plan,
      displayName: account.plan,
      apiKeys: false,
    }
  )
}

/**
 * The account, if it may have this key live as one more (or keep it, if it is `Counted` already). Where its plan has a
 * limit, the account is locked until the transaction ends, so that the limit holds however many ask at once. A platform
 * credential works whatever the plan is, and so needs no room.
 */
export async function requireRoom(
  tables: Tables,
  rules: Pick<Rules, 'plans'>,
  { account: accountId, platform }: Pick<StoredKey, 'account' | 'platform'>,
  nowMs: number,
  key: 'New' | 'Counted' = 'New',
): Promise<StoredAccount> {
  const account = await tables.accounts.find(accountId)
  if (account === undefined || account.deletedMs !== null) {
    throw new KeyError('AccountNotFound', `There is no account ${accountId}`)
  }
  if (platform) return account
  const plan = planOf(rules, account)
  if (!account.subscriptionActive) {
    throw new KeyError(
      'SubscriptionInactive',
      `The subscription of account ${accountId} is not active; its keys work again when it is`,
    )
  }
  if (!plan.apiKeys) {
    throw new KeyError(
      'PlanRequired',
      `The plan ${plan.displayName} has no API keys; upgrade to get them`,
      { plans: plansBeyond(rules, 0) },
    )
  }
  if (plan.keyLimit === undefined) return account
  const locked = (await tables.accounts.lock(accountId)) ?? account
  const others = (await liveKeys(tables, accountId, nowMs)) - (key === 'Counted' ? 1 : 0)
  if (others >= plan.keyLimit) {
    throw new KeyError(
      'QuotaExceeded',
      `Account ${accountId} has all ${plan.keyLimit} keys of its plan; revoke one or upgrade`,
      { plans: plansBeyond(rules, plan.keyLimit) },
    )
  }
  return locked
}

/** The plans that have room for more keys than that. */
function plansBeyond({ plans }: Pick<Rules, 'plans'>, keys: number): string[] {
  return plans
    .filter(({ apiKeys, keyLimit }) => apiKeys && (keyLimit ?? Number.POSITIVE_INFINITY) > keys)
    .map(({ id }) => id)
}

/** Keys that count against the limit: pending ones too, since each may become active. */
export async function liveKeys(tables: Tables, account: string, nowMs: number): Promise<number> {
  const filter = { account, nowMs, metadata: [] }
  const pending = await tables.keys.count({ ...filter, state: 'pending' })
  return pending + (await tables.keys.count({ ...filter, state: 'active' }))
}
