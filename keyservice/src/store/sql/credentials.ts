import type { Kysely, Selectable } from 'kysely'
import type { Credentials, StoredCredential } from '../port/credentials.ts'
import type { CredentialsTable, Schema } from '../schema.ts'

/** The tokens of keys, as hashes, in SQL. */
export function credentials(db: Kysely<Schema>): Credentials {
  const select = () =>
    db
      .selectFrom('credentials')
      .leftJoin('uses', 'uses.credential_id', 'credentials.id')
      .selectAll('credentials')
      .select('uses.last_used_ms')
  return {
    async insert(credential) {
      await db
        .insertInto('credentials')
        .values({
          hash: credential.hash,
          pepper: credential.pepper,
          id: credential.id,
          key_id: credential.keyId,
          kind: credential.kind,
          role: credential.role,
          prefix: credential.prefix,
          suffix: credential.suffix,
          created_ms: credential.createdMs,
          expires_ms: credential.expiresMs,
          pending_until_ms: credential.pendingUntilMs,
          grace_ms: credential.graceMs,
          ended_ms: credential.endedMs,
        })
        .execute()
    },
    async find(hash) {
      const row = await select().where('hash', '=', hash).executeTakeFirst()
      return row && fromRow(row)
    },
    async ofKeys(keyIds) {
      if (keyIds.length === 0) return []
      const rows = await select()
        .where('key_id', 'in', keyIds)
        .where('ended_ms', 'is', null)
        .orderBy('created_ms', 'desc')
        .execute()
      return rows.map(fromRow)
    },
    async end(id, atMs, reason) {
      await db
        .updateTable('credentials')
        .set({ ended_ms: atMs, end_reason: reason ?? null })
        .where('id', '=', id)
        .where('ended_ms', 'is', null)
        .execute()
    },
    async update(credential) {
      await db
        .updateTable('credentials')
        .set({
          role: credential.role,
          expires_ms: credential.expiresMs,
          pending_until_ms: credential.pendingUntilMs,
          grace_ms: credential.graceMs,
        })
        .where('id', '=', credential.id)
        .execute()
    },
    async renew(id, hash, pepper) {
      await db
        .updateTable('credentials')
        .set({ hash, pepper })
        .where('id', '=', id)
        .where('ended_ms', 'is', null)
        .execute()
    },
  }
}

function fromRow(
  row: Selectable<CredentialsTable> & { last_used_ms: number | null },
): StoredCredential {
  return {
    hash: row.hash,
    pepper: row.pepper,
    id: row.id,
    keyId: row.key_id,
    kind: row.kind,
    role: row.role,
    prefix: row.prefix,
    suffix: row.suffix,
    createdMs: row.created_ms,
    expiresMs: row.expires_ms,
    pendingUntilMs: row.pending_until_ms,
    graceMs: row.grace_ms,
    endedMs: row.ended_ms,
    lastUsedMs: row.last_used_ms,
  }
}
