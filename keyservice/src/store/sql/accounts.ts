import type { Kysely, Selectable } from 'kysely'
import type { Accounts, StoredAccount } from '../port/accounts.ts'
import type { AccountsTable, Schema } from '../schema.ts'
import type { Dialect } from './tables.ts'

/** Accounts in SQL. */
export function accounts(db: Kysely<Schema>, dialect: Dialect): Accounts {
  const find = async (id: string) => {
    const row = await db.selectFrom('accounts').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }
  return {
    async insert(account) {
      await db.insertInto('accounts').values(toRow(account)).execute()
    },
    find,
    async lock(id) {
      await dialect.lockAccount(db, id)
      return find(id)
    },
    async update(account) {
      const { id, ...fields } = toRow(account)
      await db.updateTable('accounts').set(fields).where('id', '=', id).execute()
    },
    async list() {
      const rows = await db.selectFrom('accounts').selectAll().orderBy('id').execute()
      return rows.map(fromRow)
    },
  }
}

function toRow(account: StoredAccount): AccountsTable {
  return {
    id: account.id,
    display_name: account.displayName,
    plan: account.plan,
    scopes: account.scopes === null ? null : JSON.stringify(account.scopes),
    subscription_active: account.subscriptionActive ? 1 : 0,
    created_ms: account.createdMs,
    deleted_ms: account.deletedMs,
  }
}

function fromRow(row: Selectable<AccountsTable>): StoredAccount {
  return {
    id: row.id,
    displayName: row.display_name,
    plan: row.plan,
    scopes: row.scopes === null ? null : (JSON.parse(row.scopes) as string[]),
    subscriptionActive: row.subscription_active === 1,
    createdMs: row.created_ms,
    deletedMs: row.deleted_ms,
  }
}
