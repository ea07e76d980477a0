import type { Kysely } from 'kysely'
import type { Usage } from '../port/usage.ts'
import type { Schema } from '../schema.ts'
import type { Dialect } from './tables.ts'

/** What tokens were used for, and how far that is complete, in SQL. Each engine writes it in a way of its own. */
export function usage(db: Kysely<Schema>, dialect: Dialect): Usage {
  return {
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
    async forget(replica) {
      await db.deleteFrom('replicas').where('id', '=', replica).execute()
    },
    async forgetAll() {
      await db.deleteFrom('replicas').execute()
    },
    async completeMs(heardSinceMs, goneSinceMs = heardSinceMs) {
      const { isHere } = dialect
      const row = await db
        .selectFrom('replicas')
        .where('complete_ms', '>=', heardSinceMs)
        .where((where) =>
          isHere === undefined
            ? where.lit(true)
            : where.or([where('complete_ms', '>=', goneSinceMs), isHere]),
        )
        .select((select) => select.fn.min('complete_ms').as('complete_ms'))
        .executeTakeFirst()
      return row?.complete_ms ?? undefined
    },
  }
}
