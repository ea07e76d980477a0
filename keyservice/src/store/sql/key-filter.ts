import type { KeyState } from '@latchkey/core'
import { type Expression, type ExpressionBuilder, type SqlBool, sql } from 'kysely'
import { platformRow } from '../platform-row.ts'
import type { KeyFilter } from '../port/keys.ts'
import type { Schema } from '../schema.ts'

type Where = ExpressionBuilder<Schema, 'keys'>

/** The conditions of a key filter, as kysely's `where` takes them. */
export function whereKey(filter: KeyFilter) {
  return (where: Where): Expression<SqlBool> => {
    const all: Expression<SqlBool>[] = []
    if (filter.account !== undefined) all.push(where('keys.account', '=', filter.account))
    if (filter.space !== undefined) all.push(where('keys.space', '=', filter.space))
    if (filter.owner !== undefined) all.push(where('keys.owner', '=', filter.owner))
    if (filter.platform !== undefined)
      all.push(where('keys.platform', '=', platformRow(filter.platform)))
    if (filter.revokedAfterMs !== undefined) {
      all.push(
        where.or([
          where('keys.revoked_ms', 'is', null),
          where('keys.revoked_ms', '>', filter.revokedAfterMs),
        ]),
      )
    }
    if (filter.search !== undefined) {
      // The wildcards of `like` are letters here: who searches for 50% means 50%.
      const pattern = `%${filter.search.toLowerCase().replaceAll(/[\\%_]/g, '\\$&')}%`
      all.push(sql<SqlBool>`lower(keys.display_name) like ${pattern} escape '\\'`)
    }
    for (const { name, value } of filter.metadata) {
      all.push(
        where.exists(
          where
            .selectFrom('key_metadata')
            .select('key_metadata.key_id')
            .whereRef('key_metadata.key_id', '=', 'keys.id')
            .where('key_metadata.name', '=', name)
            .where('key_metadata.value', '=', value),
        ),
      )
    }
    if (filter.state !== undefined) all.push(inState(where, filter.state, filter.nowMs))
    return where.and(all)
  }
}

/** The state at an instant, which `keyStateAt` computes for one key and this finds for many. */
function inState(where: Where, state: KeyState, nowMs: number): Expression<SqlBool> {
  const ended = where.or([
    where.and([where('keys.expires_ms', 'is not', null), where('keys.expires_ms', '<=', nowMs)]),
    where.and([where('keys.state', '=', 'pending'), where('keys.pending_until_ms', '<=', nowMs)]),
  ])
  switch (state) {
    case 'revoked':
      return where('keys.state', '=', 'revoked')
    case 'expired':
      return where.and([where('keys.state', '!=', 'revoked'), ended])
    default:
      return where.and([where('keys.state', '=', state), where.not(ended)])
  }
}
