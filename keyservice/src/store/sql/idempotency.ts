import type { Kysely } from 'kysely'
import type { Idempotency } from '../port.ts'
import type { Schema } from '../schema.ts'
import type { Dialect } from './tables.ts'

/** Which create was asked for under which name, in SQL. */
export function idempotency(db: Kysely<Schema>, dialect: Dialect): Idempotency {
  return {
    async find(caller, idempotencyKey) {
      const row = await db
        .selectFrom('idempotency')
        .selectAll()
        .where('caller', '=', caller)
        .where('idempotency_key', '=', idempotencyKey)
        .executeTakeFirst()
      return (
        row && {
          caller: row.caller,
          idempotencyKey: row.idempotency_key,
          bodyHash: row.body_hash,
          keyId: row.key_id,
          createdMs: row.created_ms,
        }
      )
    },
    async insert(row) {
      await db
        .insertInto('idempotency')
        .values({
          caller: row.caller,
          idempotency_key: row.idempotencyKey,
          body_hash: row.bodyHash,
          key_id: row.keyId,
          created_ms: row.createdMs,
        })
        .execute()
    },
    tryLock: (name) => dialect.tryLock(db, name),
  }
}
