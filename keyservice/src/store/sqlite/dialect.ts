import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite'
import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely'

/**
 * kysely over one `node:sqlite` connection. Statements are prepared once and kept: there are as many as kysely has
 * shapes of queries, and the oldest goes when there are too many.
 */
export function nodeSqliteDialect(database: DatabaseSync): Dialect {
  return {
    createAdapter: () => new TransactionalAdapter(),
    createDriver: () => driver(connection(database)),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SqliteQueryCompiler(),
  }
}

/** SQLite's schema changes are transactional; with `begin immediate`, two starts at once migrate one after the other. */
class TransactionalAdapter extends SqliteAdapter {
  override get supportsTransactionalDdl(): boolean {
    return true
  }
}

function driver(only: DatabaseConnection): Driver {
  const run = async (text: string) => {
    await only.executeQuery(CompiledQuery.raw(text))
  }
  return {
    init: async () => {},
    acquireConnection: async () => only,
    beginTransaction: () => run('begin immediate'),
    commitTransaction: () => run('commit'),
    rollbackTransaction: () => run('rollback'),
    releaseConnection: async () => {},
    destroy: async () => {},
  }
}

const statementsKept = 200

function connection(database: DatabaseSync): DatabaseConnection {
  const statements = new Map<string, StatementSync>()
  const prepare = (text: string): StatementSync => {
    const kept = statements.get(text)
    if (kept !== undefined) return kept
    const fresh = database.prepare(text)
    const [oldest] = statements.keys()
    if (statements.size >= statementsKept && oldest !== undefined) statements.delete(oldest)
    statements.set(text, fresh)
    return fresh
  }
  return {
    async executeQuery<Row>(query: CompiledQuery): Promise<QueryResult<Row>> {
      const statement = prepare(query.sql)
      const parameters = query.parameters as SQLInputValue[]
      if (statement.columns().length > 0) return { rows: statement.all(...parameters) as Row[] }
      const { changes } = statement.run(...parameters)
      return { rows: [], numAffectedRows: BigInt(changes) }
    },
    async *streamQuery<Row>(query: CompiledQuery): AsyncIterableIterator<QueryResult<Row>> {
      for (const row of prepare(query.sql).iterate(...(query.parameters as SQLInputValue[]))) {
        yield { rows: [row as Row] }
      }
    },
  }
}
