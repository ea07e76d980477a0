import type { Pool } from 'pg'
import type { UsesBatch } from '../port/usage.ts'

/**
 * For a connection that writes uses: without waiting for the disk. A crash of the database takes the last ones along, and with
 * them what vouched for them.
 */
export const withoutWaiting = 'set synchronous_commit = off'

// The columns go over as arrays, so that every batch is the same statement, on its way once.
const text = `
with used as (
  insert into uses (credential_id, last_used_ms)
  select * from unnest($1::text[], $2::bigint[])
  on conflict (credential_id) do update set last_used_ms = excluded.last_used_ms
  where uses.last_used_ms < excluded.last_used_ms
), counted as (
  insert into scope_uses (credential_id, scope, uses, last_used_ms)
  select * from unnest($3::text[], $4::text[], $5::bigint[], $6::bigint[])
  on conflict (credential_id, scope) do update set uses = scope_uses.uses + excluded.uses,
    last_used_ms = greatest(scope_uses.last_used_ms, excluded.last_used_ms)
)
insert into replicas (id, complete_ms)
select $7::text, $8::bigint where $7 is not null
on conflict (id) do update set complete_ms = excluded.complete_ms`

/** Writes a batch of uses, whole or not at all, on a connection that was told `withoutWaiting`. */
export async function saveUses(pool: Pool, { uses, scopes, complete }: UsesBatch): Promise<void> {
  await pool.query({
    name: 'save-uses',
    text,
    values: [
      uses?.credentialIds ?? [],
      uses?.lastUsedMs ?? [],
      scopes.map((use) => use.credentialId),
      scopes.map((use) => use.scope),
      scopes.map((use) => use.uses),
      scopes.map((use) => use.lastUsedMs),
      complete?.replica ?? null,
      complete?.untilMs ?? null,
    ],
  })
}
