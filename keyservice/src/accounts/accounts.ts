import type { accountBody, createAccountBody, updateAccountBody } from '@latchkey/core'
import { KeyError, scopeSet } from '@latchkey/core'
import type { z } from 'zod'
import { type Caller, mayReadAccount } from '../auth/caller.ts'
import { endKeysWith } from '../keys/end-with.ts'
import { newId } from '../keys/mint.ts'
import { instant } from '../keys/record.ts'
import type { Rules, Service } from '../service.ts'
import type { StoredAccount } from '../store/port/accounts.ts'
import type { Tables } from '../store/port.ts'

// Accounts are made and changed by administrators alone; everybody else sees those that he may read.

export type AccountRecord = z.infer<typeof accountBody>

export async function createAccount(
  service: Service,
  caller: Caller,
  body: z.infer<typeof createAccountBody>,
): Promise<AccountRecord> {
  requireAdministrator(caller)
  const plan = knownPlan(service.rules, body.plan ?? service.rules.defaultPlan)
  return service.store.write(async (tables) => {
    const id = body.id ?? newId(service, 'account')
    if ((await tables.accounts.find(id)) !== undefined) {
      throw new KeyError('AlreadyExists', `There is, or was, an account ${id}; choose another id`)
    }
    const account: StoredAccount = {
      id,
      displayName: body.displayName,
      plan,
      scopes: body.scopes === undefined ? null : scopeSet(body.scopes),
      subscriptionActive: true,
      createdMs: service.clock(),
      deletedMs: null,
    }
    await tables.accounts.insert(account)
    await journal(service, tables, caller, 'AccountCreated', id)
    return toRecord(account)
  })
}

export async function listAccounts(service: Service, caller: Caller): Promise<AccountRecord[]> {
  const { reach } = caller
  return service.store.read(async (tables) => {
    const accounts =
      reach.kind === 'all'
        ? await tables.accounts.list()
        : [await tables.accounts.find(reach.account)]
    return accounts
      .filter((account) => account !== undefined)
      .filter(({ id, deletedMs }) => deletedMs === null && mayReadAccount(caller, id))
      .map(toRecord)
  })
}

export async function getAccount(
  service: Service,
  caller: Caller,
  id: string,
): Promise<AccountRecord> {
  return service.store.read(async (tables) =>
    toRecord(seen(caller, id, await tables.accounts.find(id))),
  )
}

/** Narrowing the scopes, or ending the subscription, reaches every key of the account at its next use. */
export async function updateAccount(
  service: Service,
  caller: Caller,
  id: string,
  body: z.infer<typeof updateAccountBody>,
): Promise<AccountRecord> {
  requireAdministrator(caller)
  return service.store.write(async (tables) => {
    const before = seen(caller, id, await tables.accounts.lock(id))
    const account: StoredAccount = {
      ...before,
      displayName: body.displayName ?? before.displayName,
      plan: body.plan === undefined ? before.plan : knownPlan(service.rules, body.plan),
      scopes: body.scopes === undefined ? before.scopes : body.scopes && scopeSet(body.scopes),
      subscriptionActive: body.subscriptionActive ?? before.subscriptionActive,
    }
    await tables.accounts.update(account)
    await journal(service, tables, caller, 'AccountUpdated', id, body)
    return toRecord(account)
  })
}

/**
 * Ends the account and every key in it, at once and for ever, and erases what is personal in it. Its id is not given
 * again. Safe to repeat.
 */
export async function deleteAccount(service: Service, caller: Caller, id: string): Promise<void> {
  requireAdministrator(caller)
  await service.store.write(async (tables) => {
    const account = await tables.accounts.lock(id)
    if (account === undefined) throw missing(id)
    if (account.deletedMs !== null) return
    if (id === caller.home) {
      throw new KeyError('Conflict', 'An account cannot be deleted with a credential of its own')
    }
    const nowMs = service.clock()
    await tables.accounts.update({ ...account, deletedMs: nowMs })
    const { actor } = caller
    await endKeysWith(tables, { account: id, reason: 'AccountNotFound', actor, nowMs })
    await tables.endings.erasePersonalData(id)
    await journal(service, tables, caller, 'AccountDeleted', id)
  })
}

function requireAdministrator(caller: Caller): void {
  if (caller.platform === 'Administrator') return
  throw new KeyError('Forbidden', 'This needs the administrator’s credential')
}

function knownPlan(rules: Rules, id: string): string {
  if (rules.plans.some((plan) => plan.id === id)) return id
  throw new KeyError('Invalid', `There is no plan ${id}`, {
    issues: [
      { path: 'plan', message: `must be one of ${rules.plans.map((plan) => plan.id).join(', ')}` },
    ],
  })
}

function seen(caller: Caller, id: string, account: StoredAccount | undefined): StoredAccount {
  const visible = mayReadAccount(caller, id)
  if (account === undefined || account.deletedMs !== null || !visible) throw missing(id)
  return account
}

function missing(id: string): KeyError {
  return new KeyError('AccountNotFound', `There is no account ${id} that you may see`)
}

function toRecord(account: StoredAccount): AccountRecord {
  return {
    id: account.id,
    displayName: account.displayName,
    plan: account.plan,
    ...(account.scopes === null ? {} : { scopes: [...account.scopes] }),
    subscriptionActive: account.subscriptionActive,
    createdTime: instant(account.createdMs),
  }
}

function journal(
  service: Service,
  tables: Tables,
  caller: Caller,
  action: string,
  id: string,
  detail: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  return tables.journal.append({
    timeMs: service.clock(),
    account: id,
    space: null,
    actor: caller.actor,
    action,
    subjectKind: 'account',
    subject: id,
    version: 0,
    detail,
  })
}
