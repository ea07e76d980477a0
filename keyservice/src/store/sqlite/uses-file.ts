// Uses are written all the time, and SQLite empties the cache of every connection that reads a file when another one has
// written to it. So they lie in a file of their own: what a verification reads stays in memory until a key changes. Queries
// do not notice: SQLite looks for a table in all attached files.

import type { DatabaseSync } from 'node:sqlite'
import { transaction } from './transaction.ts'

/** Gives a connection the tables of uses, as if they were in its own file. */
export function attachUses(database: DatabaseSync, file: string): void {
  database.prepare('attach ? as uses_file').run(file)
  database.exec('pragma uses_file.journal_mode = wal')
}

/** Makes the tables of uses in a file that does not have them. */
export function createUses(database: DatabaseSync, schema: 'main' | 'uses_file'): void {
  database.exec(`
    create table if not exists ${schema}.uses (
      credential_id text primary key not null, last_used_ms bigint not null) without rowid;
    create table if not exists ${schema}.scope_uses (
      credential_id text not null, scope text not null, uses bigint not null, last_used_ms bigint not null,
      primary key (credential_id, scope)) without rowid;
    create table if not exists ${schema}.replicas (
      id text primary key not null, complete_ms bigint not null) without rowid`)
}

/**
 * Takes uses out of the file of keys, where a backup has them and the first versions had: the later instant and the higher
 * number of both files hold. First copied and then removed, since a commit is atomic in each file alone. Safe to repeat, and
 * to run from two processes at once.
 */
export function moveUses(database: DatabaseSync): void {
  transaction(database, () => {
    if (hasUses(database)) copyUses(database, 'main', 'uses_file')
  })
  transaction(database, () => {
    for (const table of ['uses', 'scope_uses', 'replicas']) {
      database.exec(`drop table if exists main.${table}`)
    }
  })
}

function hasUses(database: DatabaseSync): boolean {
  return (
    database.prepare(`select 1 from main.sqlite_schema where name = 'uses'`).get() !== undefined
  )
}

/** Adds the uses of one file to those of another. Safe to repeat. */
export function copyUses(
  database: DatabaseSync,
  from: 'main' | 'uses_file',
  to: 'main' | 'uses_file',
): void {
  // "where true": SQLite would take the conflict for a condition of a join.
  database.exec(`
    insert into ${to}.uses select credential_id, last_used_ms from ${from}.uses where true
      on conflict do update set last_used_ms = max(last_used_ms, excluded.last_used_ms);
    insert into ${to}.scope_uses select credential_id, scope, uses, last_used_ms from ${from}.scope_uses where true
      on conflict do update set uses = max(uses, excluded.uses), last_used_ms = max(last_used_ms, excluded.last_used_ms)`)
}
