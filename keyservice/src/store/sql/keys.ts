import type { Kysely, Selectable } from 'kysely'
import { platformOf, platformRow } from '../platform-row.ts'
import type { Keys, StoredKey } from '../port/keys.ts'
import type { KeysTable, Schema } from '../schema.ts'
import { whereKey } from './key-filter.ts'
import type { Dialect } from './tables.ts'

/** Keys in SQL. */
export function keys(db: Kysely<Schema>, dialect: Dialect): Keys {
  const find = async (id: string) => {
    const row = await db.selectFrom('keys').selectAll().where('id', '=', id).executeTakeFirst()
    return row && fromRow(row)
  }
  const writeMetadata = async (key: StoredKey) => {
    const entries = Object.entries(key.metadata)
    if (entries.length === 0) return
    await db
      .insertInto('key_metadata')
      .values(entries.map(([name, value]) => ({ key_id: key.id, name, value })))
      .execute()
  }
  return {
    async insert(key) {
      await db.insertInto('keys').values(toRow(key)).execute()
      await writeMetadata(key)
    },
    find,
    async ofIds(ids) {
      if (ids.length === 0) return []
      const rows = await db.selectFrom('keys').selectAll().where('id', 'in', ids).execute()
      return rows.map(fromRow)
    },
    async lock(id) {
      await dialect.lockKey(db, id)
      return find(id)
    },
    async update(key) {
      const { id, ...fields } = toRow(key)
      const before = await db
        .selectFrom('keys')
        .select('metadata')
        .where('id', '=', id)
        .executeTakeFirst()
      const result = await db
        .updateTable('keys')
        .set(fields)
        .where('id', '=', id)
        .where('version', '=', key.version - 1)
        .executeTakeFirst()
      if (result.numUpdatedRows === 0n) return false
      if (before?.metadata !== fields.metadata) {
        await db.deleteFrom('key_metadata').where('key_id', '=', id).execute()
        await writeMetadata(key)
      }
      return true
    },
    async page(filter, page) {
      const column = page.by === 'createdMs' ? 'keys.created_ms' : 'keys.display_name'
      const direction = page.descending ? 'desc' : 'asc'
      const beyond = page.descending ? '<' : '>'
      const after = page.after
      let query = db.selectFrom('keys').selectAll('keys').where(whereKey(filter))
      if (after !== undefined) {
        query = query.where((where) =>
          where.or([
            where(column, beyond, after.value),
            where.and([where(column, '=', after.value), where('keys.id', beyond, after.id)]),
          ]),
        )
      }
      const rows = await query
        .orderBy(column, direction)
        .orderBy('keys.id', direction)
        .limit(page.limit)
        .execute()
      return rows.map(fromRow)
    },
    async count(filter) {
      const row = await db
        .selectFrom('keys')
        .select((select) => select.fn.countAll<number>().as('count'))
        .where(whereKey(filter))
        .executeTakeFirstOrThrow()
      return row.count
    },
    async overdue(nowMs, limit) {
      const rows = await db
        .selectFrom('keys')
        .selectAll()
        .where('state', '=', 'pending')
        .where('pending_until_ms', '<=', nowMs)
        .orderBy('pending_until_ms')
        .limit(limit)
        .execute()
      return rows.map(fromRow)
    },
  }
}

function toRow(key: StoredKey): KeysTable {
  return {
    id: key.id,
    account: key.account,
    space: key.space,
    owner: key.owner,
    display_name: key.displayName,
    description: key.description,
    scopes: JSON.stringify(key.scopes),
    metadata: JSON.stringify(key.metadata),
    state: key.state,
    state_reason: key.stateReason,
    state_message: key.stateMessage,
    platform: platformRow(key.platform),
    created_ms: key.createdMs,
    activated_ms: key.activatedMs,
    pending_until_ms: key.pendingUntilMs,
    expires_ms: key.expiresMs,
    revoked_ms: key.revokedMs,
    version: key.version,
  }
}

function fromRow(row: Selectable<KeysTable>): StoredKey {
  return {
    id: row.id,
    account: row.account,
    space: row.space,
    owner: row.owner,
    displayName: row.display_name,
    description: row.description,
    scopes: JSON.parse(row.scopes) as string[],
    metadata: JSON.parse(row.metadata) as Record<string, string>,
    state: row.state,
    stateReason: row.state_reason,
    stateMessage: row.state_message,
    platform: platformOf(row.platform),
    createdMs: row.created_ms,
    activatedMs: row.activated_ms,
    pendingUntilMs: row.pending_until_ms,
    expiresMs: row.expires_ms,
    revokedMs: row.revoked_ms,
    version: row.version,
  }
}
