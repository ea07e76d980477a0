import type { Kysely } from 'kysely'
import type { Sessions } from '../port/sessions.ts'
import type { Schema } from '../schema.ts'

/** Sessions in SQL. */
export function sessions(db: Kysely<Schema>): Sessions {
  return {
    async insert(session) {
      await db
        .insertInto('sessions')
        .values({
          hash: session.hash,
          id: session.id,
          account: session.account,
          credential_id: session.credentialId,
          user_id: session.userId,
          created_ms: session.createdMs,
          expires_ms: session.expiresMs,
          ended_ms: session.endedMs,
        })
        .execute()
    },
    async find(hash) {
      const row = await db
        .selectFrom('sessions')
        .leftJoin('credentials', 'credentials.id', 'sessions.credential_id')
        .selectAll('sessions')
        .select('credentials.hash as credential_hash')
        .where('sessions.hash', '=', hash)
        .executeTakeFirst()
      return (
        row && {
          hash: row.hash,
          id: row.id,
          account: row.account,
          credentialId: row.credential_id,
          credentialHash: row.credential_hash,
          userId: row.user_id,
          createdMs: row.created_ms,
          expiresMs: row.expires_ms,
          endedMs: row.ended_ms,
        }
      )
    },
    async end(id, atMs) {
      await db
        .updateTable('sessions')
        .set({ ended_ms: atMs })
        .where('id', '=', id)
        .where('ended_ms', 'is', null)
        .execute()
    },
    async endOfUser(userId, atMs) {
      await db
        .updateTable('sessions')
        .set({ ended_ms: atMs })
        .where('user_id', '=', userId)
        .where('ended_ms', 'is', null)
        .execute()
    },
    async forget(beforeMs) {
      await db.deleteFrom('sessions').where('expires_ms', '<', beforeMs).execute()
    },
  }
}
