import type { Kysely } from 'kysely'
import type { Logins } from '../port/logins.ts'
import type { Schema } from '../schema.ts'

/** Passwords (their hashes) and failed logins in SQL. */
export function logins(db: Kysely<Schema>): Logins {
  return {
    async find(userId) {
      const row = await db
        .selectFrom('logins')
        .selectAll()
        .where('user_id', '=', userId)
        .executeTakeFirst()
      return (
        row && {
          userId: row.user_id,
          passwordHash: row.password_hash,
          scopes: JSON.parse(row.scopes) as string[],
          changedMs: row.changed_ms,
        }
      )
    },
    async save(login) {
      const fields = {
        password_hash: login.passwordHash,
        scopes: JSON.stringify(login.scopes),
        changed_ms: login.changedMs,
      }
      await db
        .insertInto('logins')
        .values({ user_id: login.userId, ...fields })
        .onConflict((conflict) => conflict.column('user_id').doUpdateSet(fields))
        .execute()
    },
    async remove(userId) {
      await db.deleteFrom('logins').where('user_id', '=', userId).execute()
    },
    async lockFailures(username) {
      // Writing nothing new takes the row, or makes it: whoever comes second waits and reads what the first wrote.
      const row = await db
        .insertInto('failed_logins')
        .values({ username, failures: 0, last_ms: 0 })
        .onConflict((conflict) =>
          conflict
            .column('username')
            .doUpdateSet({ failures: (old) => old.ref('failed_logins.failures') }),
        )
        .returning(['failures', 'last_ms'])
        .executeTakeFirstOrThrow()
      return { failures: row.failures, lastMs: row.last_ms }
    },
    async fail(username, atMs) {
      await db
        .insertInto('failed_logins')
        .values({ username, failures: 1, last_ms: atMs })
        .onConflict((conflict) =>
          conflict.column('username').doUpdateSet({
            failures: (row) => row('failed_logins.failures', '+', 1),
            last_ms: atMs,
          }),
        )
        .execute()
    },
    async succeed(username) {
      await db.deleteFrom('failed_logins').where('username', '=', username).execute()
    },
    async forget(beforeMs) {
      await db.deleteFrom('failed_logins').where('last_ms', '<', beforeMs).execute()
    },
  }
}
