import { Kysely, PostgresDialect, sql } from 'kysely'
import { DatabaseError, Pool, types } from 'pg'
import { batchLookups } from '../batch-lookups.ts'
import { migrate } from '../migrate.ts'
import type { Store, Tables } from '../port.ts'
import type { Schema } from '../schema.ts'
import { type Dialect, tables } from '../sql/tables.ts'
import { taken } from '../taken.ts'
import { lookups } from './lookups.ts'
import { orderedJournal } from './ordered-journal.ts'
import { isHere, presence } from './presence.ts'
import { saveUses, withoutWaiting } from './save-uses.ts'

export interface PostgresOptions {
  /** `postgres://user:password@host/database`. */
  readonly url: string
  /** Connections for everything but lookups. */
  readonly connections?: number
}

/** The store in PostgreSQL, for as many replicas of the service as there are. */
export async function openPostgresStore(options: PostgresOptions): Promise<Store> {
  const pool = openPool(options.url, options.connections ?? 10)
  // Lookups have connections of their own: a flood of writes must not make them queue.
  const lookupPool = openPool(options.url, lookupConnections, planOnce)
  const usesPool = openPool(options.url, 1, withoutWaiting)
  const db = new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) })
  await migrate(db, 'postgres')
  const committed = tables(db, dialect)
  const here = presence(options.url)
  return {
    engine: 'postgres',
    lookup: batchLookups({ concurrency: lookupConnections, query: lookups(lookupPool) }),
    read: (work) => work(committed),
    write: (work) => retried(() => write(db, work)),
    async saveUses(batch) {
      // Without it the others wait a little longer for this replica, and no use is lost.
      if (batch.complete !== undefined) await here.announce(batch.complete.replica).catch(() => {})
      await retried(() => saveUses(usesPool, batch))
    },
    usesAtOnce: 100,
    async close() {
      await here.close()
      await db.destroy()
      await Promise.all([lookupPool.end(), usesPool.end()])
    },
  }
}

const lookupConnections = 2
/**
 * PostgreSQL would plan a lookup of few hashes anew each time, which takes about as long as to run it. And what it plans while the
 * tables are small must hold when they have grown: by their keys, always.
 */
const planOnce = 'set plan_cache_mode = force_generic_plan; set enable_seqscan = off; set jit = off'
const attempts = 5
const deadlock = '40P01'
const serializationFailure = '40001'
const uniqueViolation = '23505'

function write<T>(db: Kysely<Schema>, work: (tables: Tables) => Promise<T>): Promise<T> {
  return db.transaction().execute(async (transaction) => {
    const journal = orderedJournal(transaction, tables(transaction, dialect))
    const result = await work(journal.tables)
    await journal.write()
    return result
  })
}

/** Runs again what PostgreSQL gave up for the sake of another transaction: a deadlock or a serialization failure. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const code = error instanceof DatabaseError ? error.code : undefined
      if (code === uniqueViolation) throw taken(error)
      if (code !== deadlock && code !== serializationFailure) throw error
      if (attempt === attempts) throw error
    }
  }
}

const dialect: Dialect = {
  isHere,
  async lockAccount(db, id) {
    await db.selectFrom('accounts').select('id').where('id', '=', id).forUpdate().execute()
  },
  async lockKey(db, id) {
    await db.selectFrom('keys').select('id').where('id', '=', id).forUpdate().execute()
  },
  async home(db) {
    const { rows } = await sql<{
      home: string
    }>`
      select 'store'::regclass::oid || '@' || d.oid || '@' || c.system_identifier as home
      from pg_control_system() c, pg_database d where d.datname = current_database()`.execute(db)
    return rows[0]?.home ?? ''
  },
  async tryLock(db, name) {
    const { rows } = await sql<{
      locked: boolean
    }>`select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as locked`.execute(db)
    return rows[0]?.locked === true
  },
}

const int8 = 20

/** A pool whose connections were all told `settings` before anything else. */
function openPool(url: string, max: number, settings?: string): Pool {
  const pool = new Pool({
    connectionString: url,
    max,
    async onConnect(connection) {
      if (settings !== undefined) await connection.query(settings)
    },
    // A replica that froze in the middle of a write must not keep its locks from the others.
    idle_in_transaction_session_timeout: 10_000,
    types: {
      // Milliseconds and counts fit into a number; pg hands int8 over as text.
      getTypeParser: (oid, format) =>
        oid === int8 ? Number : types.getTypeParser(oid, format as 'text'),
    },
  })
  // A connection that dies while idle is replaced by the next query, and one that dies at work fails what it works on.
  // Each says so itself besides, which would end the process if nobody heard it.
  pool.on('error', () => {})
  pool.on('connect', (connection) => connection.on('error', () => {}))
  return pool
}
