// `POST /verify` per second and its slowest hundredth, beside a bare server, on both engines, with few keys and with many.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHttp } from '@latchkey/core'
import { startPostgres } from '../../keyservice/src/store/postgres/test-server.ts'
import { processUsage } from './process-usage.ts'
import { type Program, runProgram } from './program.ts'
import { median, type Row } from './table.ts'
import type { LoadResult } from './verify-load.ts'
import { benchToken, type Seed, seedPostgres, seedSqlite } from './verify-seed.ts'

/** How much is measured. */
export interface VerifyOptions {
  /** Keys in the store when the bars are looked at. */
  readonly keys: number
  readonly rounds: number
  /** Of each side in each round. */
  readonly seconds: number
  readonly progress: (text: string) => void
}

/** Where a key service keeps its keys, and how copies get there. */
interface Engine {
  readonly name: string
  readonly bar: number
  readonly env: Readonly<Record<string, string>>
  readonly seed: (seed: Seed) => Promise<void>
}

/** One size of one engine. */
interface Measured {
  readonly bare: Side
  readonly service: Side
  /** Of each round, service beside bare. */
  readonly ratio: number
  readonly rate: number
  readonly p99Ratio: number
}

interface Side {
  readonly perSecond: number
  readonly cpuMicroseconds: number
  readonly p99: number
}

const fewKeys = 10_000
const p99Bar = 3
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Measures both engines; every figure is the median of rounds that were made in turns. */
export async function benchVerify(options: VerifyOptions): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-verify-'))
  const postgres = await startPostgres()
  try {
    const databaseUrl = await postgres.createDatabase()
    const sqliteFolder = join(folder, 'sqlite')
    return [
      ...(await benchEngine(options, {
        name: 'SQLite',
        bar: 0.6,
        env: { LATCHKEY_DATA: sqliteFolder },
        seed: (seed) => seedSqlite(join(sqliteFolder, 'keys.sqlite'), seed),
      })),
      ...(await benchEngine(options, {
        name: 'PostgreSQL',
        bar: 0.3,
        env: { LATCHKEY_DATA: join(folder, 'postgres'), DATABASE_URL: databaseUrl },
        seed: (seed) => seedPostgres(databaseUrl, seed),
      })),
    ]
  } finally {
    await postgres.stop()
    await rm(folder, { recursive: true, force: true })
  }
}

async function benchEngine(options: VerifyOptions, engine: Engine): Promise<readonly Row[]> {
  const { keys, progress } = options
  const templateKeyId = await issueTemplate(engine)
  const sizes = [Math.min(fewKeys, keys), keys]
  const measured: Measured[] = []
  let from = 0
  for (const to of new Set(sizes)) {
    progress(`${engine.name}: filling the store with ${to} keys`)
    await engine.seed({ templateKeyId, from, to })
    from = to
    measured.push(await measure(options, engine, to))
  }
  const few = measured[0]
  const many = measured.at(-1)
  return few === undefined || many === undefined ? [] : rows(engine, keys, few, many)
}

async function startService(engine: Engine): Promise<{ program: Program; url: string }> {
  const program = runProgram(file('../../keyservice/src/main.ts'), [], {
    LATCHKEY_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'error',
    ...engine.env,
  })
  return { program, url: await listening(program) }
}

async function listening(program: Program): Promise<string> {
  return /http:\S+/.exec(await program.line((line) => line.includes('listens on')))?.[0] ?? ''
}

async function adminToken(engine: Engine): Promise<string> {
  return (await readFile(join(engine.env.LATCHKEY_DATA ?? '', 'admin-credential'), 'utf8')).trim()
}

/** The key that the copies are of, issued by the service itself. */
async function issueTemplate(engine: Engine): Promise<string> {
  const { program, url } = await startService(engine)
  await using _program = program
  const body = JSON.stringify({ displayName: 'Bench', scopes: ['orders:read', 'orders:write'] })
  const answer = await post(url, '/apikeys', await adminToken(engine), body)
  return JSON.parse(answer).key.id
}

async function post(url: string, path: string, token: string, body: string): Promise<string> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const answer = await createHttp({ url }).send({ method: 'POST', path, headers, body })
  if (answer.status >= 300) throw new Error(`POST ${path}: ${answer.status} ${answer.body}`)
  return answer.body
}

async function measure(options: VerifyOptions, engine: Engine, keys: number): Promise<Measured> {
  const { rounds, seconds, progress } = options
  const { program: service, url: serviceUrl } = await startService(engine)
  await using _service = service
  const token = await adminToken(engine)
  const answer = await post(serviceUrl, '/verify', token, `{"token":"${benchToken(keys - 1)}"}`)
  await using bare = runProgram(file('bare-server.ts'), [answer])
  const bareUrl = await listening(bare)

  const ask = (url: string, program: Program, rate?: number) =>
    load({ url, token, keys, seconds, ...(rate === undefined ? {} : { rate }) }, program)
  const both = async (rate?: number) => {
    const found: { bare: Run; service: Run }[] = []
    for (let round = 0; round < rounds; round++) {
      // In turns, and the first one changes: a machine that slows down slows both.
      const first = round % 2 === 0
      const early = first ? await ask(bareUrl, bare, rate) : await ask(serviceUrl, service, rate)
      const late = first ? await ask(serviceUrl, service, rate) : await ask(bareUrl, bare, rate)
      found.push(first ? { bare: early, service: late } : { bare: late, service: early })
      const say = rate === undefined ? 'as fast as it goes' : `${rate}/s`
      progress(`${engine.name}, ${keys} keys, ${say}: round ${round + 1} of ${rounds}`)
    }
    return found
  }
  // A process compiles what it runs in its first seconds, and lives for months: a round of each that counts for nothing.
  await ask(bareUrl, bare)
  await ask(serviceUrl, service)
  const fast = await both()
  const slower = Math.min(
    ...(['bare', 'service'] as const).map((side) => median(fast.map((run) => run[side].perSecond))),
  )
  const rate = Math.floor(slower / 2)
  const steady = await both(rate)
  const side = (name: 'bare' | 'service'): Side => ({
    perSecond: median(fast.map((run) => run[name].perSecond)),
    cpuMicroseconds: median(fast.map((run) => run[name].cpuMicroseconds)),
    p99: median(steady.map((run) => run[name].p99)),
  })
  return {
    bare: side('bare'),
    service: side('service'),
    ratio: median(fast.map((run) => run.service.perSecond / run.bare.perSecond)),
    rate,
    p99Ratio: median(steady.map((run) => run.service.p99 / run.bare.p99)),
  }
}

type Run = LoadResult & { readonly cpuMicroseconds: number }

interface Load {
  readonly url: string
  readonly token: string
  readonly keys: number
  readonly seconds: number
  readonly rate?: number
}

async function load(options: Load, target: Program): Promise<Run> {
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`)
  const before = await processUsage(target.pid)
  await using generator = runProgram(file('verify-load.ts'), args)
  const result: LoadResult = JSON.parse(await generator.line((line) => line.startsWith('{')))
  const after = await processUsage(target.pid)
  if (result.wrong > 0) {
    throw new Error(`${result.wrong} of ${result.answered} answers were not a valid verdict`)
  }
  const cpuMicroseconds =
    ((after.cpuMilliseconds - before.cpuMilliseconds) * 1000) / result.answered
  return { ...result, cpuMicroseconds }
}

function rows(engine: Engine, keys: number, few: Measured, many: Measured): readonly Row[] {
  const rate = (value: number) => `${value.toFixed(0)}/s`
  const cpu = (value: number) => `${value.toFixed(0)} µs`
  const name = `${engine.name}, ${keys} keys`
  return [
    { what: `${name}: bare server`, value: rate(many.bare.perSecond) },
    { what: `${name}: /verify`, value: rate(many.service.perSecond) },
    {
      what: `${name}: beside the bare server`,
      value: `${(many.ratio * 100).toFixed(0)} %`,
      bar: `at least ${engine.bar * 100} %`,
      holds: many.ratio >= engine.bar,
    },
    {
      what: `${name}: CPU of the server per answer, bare`,
      value: cpu(many.bare.cpuMicroseconds),
    },
    {
      what: `${name}: CPU of the server per answer, /verify`,
      value: cpu(many.service.cpuMicroseconds),
    },
    { what: `${name}: p99 at ${many.rate}/s, bare`, value: `${many.bare.p99.toFixed(1)} ms` },
    { what: `${name}: p99 at ${many.rate}/s, /verify`, value: `${many.service.p99.toFixed(1)} ms` },
    {
      what: `${name}: p99 beside the bare server`,
      value: `${many.p99Ratio.toFixed(1)}×`,
      bar: `at most ${p99Bar}×`,
      holds: many.p99Ratio <= p99Bar,
    },
    {
      what: `${engine.name}, ${Math.min(fewKeys, keys)} keys: beside the bare server`,
      value: `${(few.ratio * 100).toFixed(0)} %`,
    },
    {
      what: `${engine.name}, ${Math.min(fewKeys, keys)} keys: p99 beside the bare server`,
      value: `${few.p99Ratio.toFixed(1)}×`,
    },
  ]
}
