import type { Kysely } from 'kysely'
import type { Endings } from '../port/endings.ts'
import type { Schema } from '../schema.ts'

/** What ends many things at once, in SQL: one statement per table, however many rows. */
export function endings(db: Kysely<Schema>): Endings {
  return {
    async revokeKeys({ account, space }, reason, atMs) {
      let keys = db
        .updateTable('keys')
        .set((key) => ({
          state: 'revoked' as const,
          state_reason: reason,
          revoked_ms: atMs,
          pending_until_ms: null,
          version: key('version', '+', 1),
        }))
        .where('account', '=', account)
        .where('state', '!=', 'revoked')
      if (space !== undefined) keys = keys.where('space', '=', space)
      return keys.returning(['id', 'space', 'version']).execute()
    },
    erasePersonalData: (account) => erase(db, account),
    async endSessions() {
      await db.deleteFrom('sessions').execute()
    },
  }
}

const erased = 'erased'

async function erase(db: Kysely<Schema>, account: string): Promise<void> {
  const users = db.selectFrom('users').select('id').where('account', '=', account)
  const keys = db.selectFrom('keys').select('id').where('account', '=', account)
  const tokens = db.selectFrom('credentials').select('id').where('key_id', 'in', keys)

  await db
    .updateTable('audit')
    .set((row) => ({
      detail: '{}',
      actor: row.case().when('actor', 'in', users).then(erased).else(row.ref('actor')).end(),
      subject: row
        .case()
        .when('subject_kind', '=', 'user')
        .then(erased)
        .else(row.ref('subject'))
        .end(),
    }))
    .where('account', '=', account)
    .execute()
  await db
    .updateTable('keys')
    .set({
      display_name: '',
      description: null,
      owner: null,
      metadata: '{}',
      state_message: null,
    })
    .where('account', '=', account)
    .execute()
  await db.deleteFrom('key_metadata').where('key_id', 'in', keys).execute()
  await db.deleteFrom('idempotency').where('key_id', 'in', keys).execute()
  await db.deleteFrom('uses').where('credential_id', 'in', tokens).execute()
  await db.deleteFrom('scope_uses').where('credential_id', 'in', tokens).execute()
  await db.deleteFrom('sessions').where('account', '=', account).execute()
  await db.deleteFrom('failed_logins').where('username', 'in', users).execute()
  await db.deleteFrom('logins').where('user_id', 'in', users).execute()
  await db.deleteFrom('users').where('account', '=', account).execute()
  await db
    .updateTable('spaces')
    .set({ display_name: '', logo: null })
    .where('account', '=', account)
    .execute()
  await db.updateTable('accounts').set({ display_name: '' }).where('id', '=', account).execute()
}
