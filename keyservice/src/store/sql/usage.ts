import { type Kysely, sql } from 'kysely'
import type { Usage } from '../port.ts'
import type { Schema } from '../schema.ts'

/** What tokens were used for, and how far that is complete, in SQL. */
export function usage(db: Kysely<Schema>): Usage {
  return {
    async add(uses) {
      if (uses.length === 0) return
      await db
        .insertInto('scope_uses')
        .values(
          uses.map((use) => ({
            credential_id: use.credentialId,
            scope: use.scope,
            uses: use.uses,
            last_used_ms: use.lastUsedMs,
          })),
        )
        .onConflict((conflict) =>
          conflict.columns(['credential_id', 'scope']).doUpdateSet({
            uses: sql`scope_uses.uses + excluded.uses`,
            // Another replica may have been first with a later use.
            last_used_ms: sql`case when scope_uses.last_used_ms > excluded.last_used_ms
              then scope_uses.last_used_ms else excluded.last_used_ms end`,
          }),
        )
        .execute()
    },
    async ofKey(keyId) {
      const rows = await db
        .selectFrom('scope_uses')
        .innerJoin('credentials', 'credentials.id', 'scope_uses.credential_id')
        .where('credentials.key_id', '=', keyId)
        .select(['scope_uses.credential_id', 'scope', 'uses', 'last_used_ms'])
        .orderBy('scope')
        .orderBy('scope_uses.credential_id')
        .execute()
      return rows.map((row) => ({
        credentialId: row.credential_id,
        scope: row.scope,
        uses: row.uses,
        lastUsedMs: row.last_used_ms,
      }))
    },
    async report(replica, completeMs) {
      await db
        .insertInto('replicas')
        .values({ id: replica, complete_ms: completeMs })
        .onConflict((conflict) => conflict.column('id').doUpdateSet({ complete_ms: completeMs }))
        .execute()
    },
    async forget(replica) {
      await db.deleteFrom('replicas').where('id', '=', replica).execute()
    },
    async completeMs(heardSinceMs) {
      const row = await db
        .selectFrom('replicas')
        .where('complete_ms', '>=', heardSinceMs)
        .select((select) => select.fn.min('complete_ms').as('complete_ms'))
        .executeTakeFirst()
      return row?.complete_ms ?? undefined
    },
  }
}
