// `POST /verify` per second and its slowest hundredth, beside a bare server, on both engines, with few keys and with many.

import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createHttp } from '@latchkey/core'
import { startPostgres } from '../../keyservice/src/store/postgres/test-server.ts'
import { type ProcessUsage, processUsage } from './process-usage.ts'
import { type Program, runProgram } from './program.ts'
import { median, type Row } from './table.ts'
import type { LoadResult, LoadResults, Turn } from './verify-load.ts'
import { benchToken, type Seed, seedPostgres, seedSqlite } from './verify-seed.ts'

/** How much is measured. */
export interface VerifyOptions {
  /** Keys in the store when the bars are looked at. */
  readonly keys: number
  readonly rounds: number
  /** Of each side in each round, taken in turns. */
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
  /** Of each turn, service beside bare. */
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
const warmUpSeconds = 10
const file = (name: string) => fileURLToPath(new URL(name, import.meta.url))

/** Measures both engines; every figure is the median of turns of a second. */
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

function startService(engine: Engine): Promise<Server> {
  const program = runProgram(file('../../keyservice/src/main.ts'), [], {
    LATCHKEY_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'error',
    ...engine.env,
  })
  return listening(program)
}

async function listening(program: Program): Promise<Server> {
  const line = await program.line((line) => line.includes('listens on'))
  return { ...program, url: /http:\S+/.exec(line)?.[0] ?? '' }
}

async function adminToken(engine: Engine): Promise<string> {
  return (await readFile(join(engine.env.LATCHKEY_DATA ?? '', 'admin-credential'), 'utf8')).trim()
}

/** The key that the copies are of, issued by the service itself. */
async function issueTemplate(engine: Engine): Promise<string> {
  await using service = await startService(engine)
  const body = JSON.stringify({ displayName: 'Bench', scopes: ['orders:read', 'orders:write'] })
  const answer = await post(service.url, '/apikeys', await adminToken(engine), body)
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
  await using service = await startService(engine)
  const token = await adminToken(engine)
  const answer = await post(service.url, '/verify', token, `{"token":"${benchToken(keys - 1)}"}`)
  await using bare = await listening(runProgram(file('bare-server.ts'), [answer]))

  const load = (turns: number, rate?: number) =>
    runLoad({ token, keys, turns, ...(rate === undefined ? {} : { rate }) }, bare, service)
  const runs = async (rate?: number) => {
    const found: Both[] = []
    for (let round = 1; round <= rounds; round++) {
      found.push(await load(seconds, rate))
      const say = rate === undefined ? 'as fast as it goes' : `${rate}/s`
      progress(`${engine.name}, ${keys} keys, ${say}: round ${round} of ${rounds}`)
    }
    return found
  }
  // A process compiles what it runs in its first seconds, and lives for months: a run that counts for nothing.
  await load(warmUpSeconds)
  const fast = await runs()
  const rate = Math.floor(
    Math.min(...sideNames.map((side) => ofTurns(fast, side, 'perSecond'))) / 2,
  )
  const steady = await runs(rate)
  const side = (name: SideName): Side => ({
    perSecond: ofTurns(fast, name, 'perSecond'),
    cpuMicroseconds: median(fast.map((run) => run[name].cpuMicroseconds)),
    p99: ofTurns(steady, name, 'p99'),
  })
  return {
    bare: side('bare'),
    service: side('service'),
    ratio: besideBare(fast, 'perSecond'),
    rate,
    p99Ratio: besideBare(steady, 'p99'),
  }
}

function ofTurns(runs: readonly Both[], side: SideName, what: keyof Turn): number {
  return median(runs.flatMap((run) => run[side].turns.map((turn) => turn[what])))
}

/** Each turn of the service beside that of the bare server a second before or behind. */
function besideBare(runs: readonly Both[], what: keyof Turn): number {
  return median(
    runs.flatMap(({ bare, service }) =>
      service.turns.map((turn, index) => turn[what] / (bare.turns[index]?.[what] ?? Number.NaN)),
    ),
  )
}

interface Server extends Program {
  readonly url: string
}

const sideNames = ['bare', 'service'] as const
type SideName = (typeof sideNames)[number]
type Both = Readonly<Record<SideName, LoadResult & { readonly cpuMicroseconds: number }>>

interface Load {
  readonly token: string
  readonly keys: number
  /** Of a second, of each. */
  readonly turns: number
  readonly rate?: number
}

async function runLoad(options: Load, bare: Server, service: Server): Promise<Both> {
  const args = Object.entries({
    ...options,
    'bare-url': bare.url,
    'bare-pid': bare.pid,
    'service-url': service.url,
    'service-pid': service.pid,
  }).map(([name, value]) => `--${name}=${value}`)
  const usage = () => Promise.all([bare, service].map(({ pid }) => processUsage(pid)))
  const [bareBefore, serviceBefore] = await usage()
  await using generator = runProgram(file('verify-load.ts'), args)
  const results: LoadResults = JSON.parse(await generator.line((line) => line.startsWith('{')))
  const [bareAfter, serviceAfter] = await usage()
  return {
    bare: withCpu(results.bare, bareBefore, bareAfter),
    service: withCpu(results.service, serviceBefore, serviceAfter),
  }
}

function withCpu(result: LoadResult, before?: ProcessUsage, after?: ProcessUsage) {
  if (result.wrong > 0) {
    throw new Error(`${result.wrong} of ${result.answered} answers were not a valid verdict`)
  }
  const usedMs = (after?.cpuMilliseconds ?? 0) - (before?.cpuMilliseconds ?? 0)
  return { ...result, cpuMicroseconds: (usedMs * 1000) / result.answered }
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
