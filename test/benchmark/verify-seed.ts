// Fills a key service's store with keys by copying one that the service has issued itself, row by row in the database: a
// million of them through the API would take an hour. The tokens of the copies are known by their number.

import { hash } from 'node:crypto'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'

/** The token of the copy with this number, as long as a real one. */
export function benchToken(number: number): string {
  return `lk_${number.toString().padStart(42, '0')}`
}

/** Which copies are made, of which key. */
export interface Seed {
  readonly templateKeyId: string
  /** Number of the first copy. */
  readonly from: number
  /** The number behind the last one. */
  readonly to: number
}

/** What the engines do not have in common. */
interface Engine {
  readonly columns: (table: string) => Promise<readonly string[]>
  readonly run: (sql: string) => Promise<void>
  /** `… series(n)`: the numbers of the copies. */
  readonly series: (seed: Seed) => { readonly with: string; readonly from: string }
  /** The hash of the token of copy `n`. */
  readonly tokenHash: string
}

/** Copies in the file of a service that does not run. */
export async function seedSqlite(file: string, seed: Seed): Promise<void> {
  const database = new DatabaseSync(file)
  database.exec('pragma synchronous = off')
  database.exec('pragma cache_size = -524288')
  database.function('token_hash', { deterministic: true }, (number) =>
    tokenHash(benchToken(Number(number))),
  )
  await copy(seed, {
    columns: async (table) =>
      database
        .prepare('select name from pragma_table_info(?)')
        .all(table)
        .map(({ name }) => String(name)),
    run: async (sql) => database.exec(sql),
    series: ({ from, to }) => ({
      with: `with recursive series(n) as (select ${from} union all select n + 1 from series where n < ${to - 1})`,
      from: 'series',
    }),
    tokenHash: 'token_hash(n)',
  })
  database.exec('analyze')
  // What is measured afterwards is no copy that is still on its way to the disk.
  database.exec('pragma synchronous = full')
  database.exec('pragma wal_checkpoint(truncate)')
  database.close()
}

/** Copies in a PostgreSQL database. */
export async function seedPostgres(url: string, seed: Seed): Promise<void> {
  const client = new Client({ connectionString: url })
  await client.connect()
  await copy(seed, {
    columns: async (table) => {
      const { rows } = await client.query<{ name: string }>(
        'select column_name as name from information_schema.columns where table_name = $1',
        [table],
      )
      return rows.map(({ name }) => name)
    },
    run: async (sql) => {
      await client.query(sql)
    },
    series: ({ from, to }) => ({
      with: '',
      from: `generate_series(${from}, ${to - 1}) as series(n)`,
    }),
    tokenHash: `translate(rtrim(encode(sha256(convert_to('lk_' || lpad(n::text, 42, '0'), 'UTF8')), 'base64'), '='), '+/', '-_')`,
  })
  await client.query('vacuum analyze')
  await client.query('checkpoint')
  await client.end()
}

async function copy(seed: Seed, engine: Engine): Promise<void> {
  const keyId = "'apiKey-bench-' || n"
  const template = `'${seed.templateKeyId}'`
  const series = engine.series(seed)
  const insert = async (
    table: string,
    where: string,
    changed: Readonly<Record<string, string>>,
  ) => {
    const columns = await engine.columns(table)
    const values = columns.map((column) => changed[column] ?? `t.${column}`)
    await engine.run(
      `${series.with} insert into ${table} (${columns.join(', ')})
       select ${values.join(', ')} from ${series.from} cross join ${table} t
       where ${where} = ${template} order by ${changed.hash ?? changed.id}`,
    )
  }
  await engine.run('begin')
  await insert('keys', 't.id', { id: keyId })
  await insert('credentials', 't.key_id', {
    id: "'cred-bench-' || n",
    key_id: keyId,
    hash: engine.tokenHash,
  })
  await engine.run('commit')
}

function tokenHash(token: string): string {
  return hash('sha256', token, 'base64url')
}
