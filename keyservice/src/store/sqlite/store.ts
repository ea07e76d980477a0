import { DatabaseSync } from 'node:sqlite'
import { Kysely } from 'kysely'
import { batchLookups } from '../batch-lookups.ts'
import { migrate } from '../migrate.ts'
import type { Store } from '../port.ts'
import type { Schema } from '../schema.ts'
import { type Dialect, tables } from '../sql/tables.ts'
import { startBackground } from './background.ts'
import { whileBusy } from './busy.ts'
import { nodeSqliteDialect } from './dialect.ts'
import { keysFile, usesFile } from './files.ts'
import { groupCommit } from './group-commit.ts'
import { lookups } from './lookups.ts'
import { takeTurns } from './turns.ts'
import { attachUses, createUses, moveUses } from './uses-file.ts'

/** More than SQLite maps at most. */
const mostMapped = 2 ** 31

export interface SqliteOptions {
  /** Where its files lie; it exists. */
  readonly folder: string
}

/**
 * The store in a folder: one connection writes, another reads what was committed, a third works in the background. WAL,
 * and `synchronous=FULL`: what a write resolved for is on the disk.
 */
export async function openSqliteStore({ folder }: SqliteOptions): Promise<Store> {
  const writer = await whileBusy(() => open(folder))
  const db = new Kysely<Schema>({ dialect: nodeSqliteDialect(writer) })
  await whileBusy(() => migrate(db, 'sqlite'))
  await whileBusy(() => {
    createUses(writer, 'uses_file')
    moveUses(writer)
  })

  const reader = open(folder)
  // What a verification reads is looked at where it lies. SQLite maps the file anew whenever another connection has committed:
  // that pays as long as keys change less than some twenty times a second, and costs a few microseconds beyond.
  reader.exec(`pragma mmap_size = ${mostMapped}`)
  const committed = tables(new Kysely<Schema>({ dialect: nodeSqliteDialect(reader) }), dialect)
  // From here on the log is copied in the background: a commit that did it would stop everything for its time.
  writer.exec('pragma wal_autocheckpoint = 0')
  const turns = takeTurns()
  const commits = groupCommit(writer, tables(db, dialect), turns)
  const background = startBackground(folder, turns)
  const find = lookups(reader)
  return {
    engine: 'sqlite',
    lookup: batchLookups({ concurrency: 1, query: async (hashes) => find(hashes) }),
    read: (work) => work(committed),
    write: commits.write,
    saveUses: background.saveUses,
    usesAtOnce: 500,
    async close() {
      await commits.idle()
      await background.close()
      reader.close()
      writer.close()
    },
  }
}

/** One writer at a time is what SQLite has anyway: its transaction is the lock. */
const dialect: Dialect = {
  lockAccount: async () => {},
  lockKey: async () => {},
  tryLock: async () => true,
  // A file cannot tell where it lies; the marker beside it does.
  home: async () => 'file',
}

function open(folder: string): DatabaseSync {
  const database = new DatabaseSync(keysFile(folder), {
    timeout: 20,
    enableForeignKeyConstraints: true,
  })
  database.exec('pragma journal_mode = wal')
  attachUses(database, usesFile(folder))
  database.exec('pragma synchronous = full')
  database.exec('pragma cache_size = -32768')
  return database
}
