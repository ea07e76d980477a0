import { type Kysely, sql } from 'kysely'
import type { UsesBatch } from '../port/usage.ts'
import type { Schema } from '../schema.ts'

/**
 * Writes uses in a transaction that does not wait for the disk: a crash of the database takes the last ones along, and with
 * them what vouched for them. The columns go over as arrays, so that every batch is the same three statements.
 */
export async function saveUses(db: Kysely<Schema>, batch: UsesBatch): Promise<void> {
  const { uses, scopes, complete } = batch
  await db.transaction().execute(async (transaction) => {
    await sql`set local synchronous_commit to off`.execute(transaction)
    if (uses.length > 0) {
      await sql`
        insert into uses (credential_id, last_used_ms)
        select * from unnest(
          ${uses.map((use) => use.credentialId)}::text[], ${uses.map((use) => use.lastUsedMs)}::bigint[])
        on conflict (credential_id) do update set last_used_ms = excluded.last_used_ms
        where uses.last_used_ms < excluded.last_used_ms`.execute(transaction)
    }
    if (scopes.length > 0) {
      await sql`
        insert into scope_uses (credential_id, scope, uses, last_used_ms)
        select * from unnest(
          ${scopes.map((use) => use.credentialId)}::text[], ${scopes.map((use) => use.scope)}::text[],
          ${scopes.map((use) => use.uses)}::bigint[], ${scopes.map((use) => use.lastUsedMs)}::bigint[])
        on conflict (credential_id, scope) do update set uses = scope_uses.uses + excluded.uses,
          last_used_ms = greatest(scope_uses.last_used_ms, excluded.last_used_ms)`.execute(
        transaction,
      )
    }
    if (complete !== undefined) {
      await sql`
        insert into replicas (id, complete_ms) values (${complete.replica}, ${complete.untilMs})
        on conflict (id) do update set complete_ms = excluded.complete_ms`.execute(transaction)
    }
  })
}
