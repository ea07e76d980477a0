import type { ExpressionBuilder, Kysely } from 'kysely'
import type { Idempotency } from '../port/idempotency.ts'
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
    async forget(beforeMs, nowMs, limit) {
      const old = db
        .selectFrom('idempotency')
        .select(['caller', 'idempotency_key'])
        .where('created_ms', '<', beforeMs)
        .where((row) => row.not(row.exists(pendingKey(row, nowMs))))
        .where((row) => row.not(row.exists(pendingToken(row, nowMs))))
        .orderBy('created_ms')
        .limit(limit)
      const { numDeletedRows } = await db
        .deleteFrom('idempotency')
        .where(({ eb, refTuple }) =>
          eb(
            refTuple('caller', 'idempotency_key'),
            'in',
            old.$asTuple('caller', 'idempotency_key'),
          ),
        )
        .executeTakeFirst()
      return Number(numDeletedRows)
    },
  }
}

type Row = ExpressionBuilder<Schema, 'idempotency'>

function pendingKey(row: Row, nowMs: number) {
  return row
    .selectFrom('keys')
    .select('keys.id')
    .whereRef('keys.id', '=', 'idempotency.key_id')
    .where('keys.state', '=', 'pending')
    .where('keys.pending_until_ms', '>', nowMs)
}

function pendingToken(row: Row, nowMs: number) {
  return row
    .selectFrom('credentials')
    .select('credentials.id')
    .whereRef('credentials.key_id', '=', 'idempotency.key_id')
    .where('credentials.ended_ms', 'is', null)
    .where('credentials.pending_until_ms', '>', nowMs)
}
