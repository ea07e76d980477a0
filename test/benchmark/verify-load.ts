// The load of the verification, a process of its own so that it takes nothing from whom it measures. The bare server and the
// service are asked in turns of a second, and who is not asked is stopped: a machine that is slow for a while slows both, and
// what the service does behind its answers is not paid by its yardstick. With a rate it is an open loop: requests leave when
// they are due, however long the answers take, and waiting for a connection counts. Without one, each of the connections
// sends as soon as its answer is there, which finds the maximum.

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { benchToken } from './verify-seed.ts'

/** What one turn saw of one server. */
export interface Turn {
  readonly perSecond: number
  /** In milliseconds. */
  readonly p99: number
}

/** What a run of the load saw of one server. */
export interface LoadResult {
  readonly turns: readonly Turn[]
  /** All answers, also those that do not count. */
  readonly answered: number
  /** Answers that were not a `200` with a valid verdict. */
  readonly wrong: number
}

/** Both, from one run: each turn of the one beside that of the other. */
export type LoadResults = Readonly<Record<'bare' | 'service', LoadResult>>

const { values } = parseArgs({
  options: {
    'bare-url': { type: 'string', default: '' },
    'bare-pid': { type: 'string', default: '' },
    'service-url': { type: 'string', default: '' },
    'service-pid': { type: 'string', default: '' },
    token: { type: 'string', default: '' },
    keys: { type: 'string', default: '1' },
    turns: { type: 'string', default: '3' },
    rate: { type: 'string' },
  },
})
const keys = Number(values.keys)
const turns = Number(values.turns)
const perMs = values.rate === undefined ? undefined : Number(values.rate) / 1000
const turnMs = 1000
/** In which a process that was stopped comes to itself again; what is asked then does not count. */
const wakingMs = 200
const inFlight = 64
const headers = {
  authorization: `Bearer ${values.token}`,
  'content-type': 'application/json',
}

interface Side {
  readonly pool: Pool
  readonly pid: number
  readonly turns: Turn[]
  answered: number
  wrong: number
}

const sideOf = (url: string, pid: string): Side => ({
  pool: new Pool(url, { connections: inFlight, pipelining: 1 }),
  pid: Number(pid),
  turns: [],
  answered: 0,
  wrong: 0,
})
const bare = sideOf(values['bare-url'], values['bare-pid'])
const service = sideOf(values['service-url'], values['service-pid'])
const sides = [bare, service]

for (const { pid } of sides) process.kill(pid, 'SIGSTOP')
// The first turn connects and compiles; it counts for nothing.
for (let turn = 0; turn <= turns; turn++) {
  for (const side of turn % 2 === 0 ? sides : sides.toReversed()) await measure(side)
  if (turn === 0) for (const side of sides) side.turns.length = 0
}
for (const { pid } of sides) process.kill(pid, 'SIGCONT')
const results: LoadResults = { bare: resultOf(bare), service: resultOf(service) }
process.stdout.write(`${JSON.stringify(results)}\n`)
await Promise.all(sides.map(({ pool }) => pool.close()))

/** A stretch of time that is measured. */
interface Stretch {
  readonly beginMs: number
  /** What is asked before does not count. */
  readonly countFromMs: number
  readonly endMs: number
  readonly tookMs: number[]
}

async function measure(side: Side): Promise<void> {
  process.kill(side.pid, 'SIGCONT')
  const beginMs = performance.now()
  const countFromMs = beginMs + wakingMs
  const stretch: Stretch = { beginMs, countFromMs, endMs: countFromMs + turnMs, tookMs: [] }
  await (perMs === undefined ? asFastAsItGoes(side, stretch) : atRate(side, stretch, perMs))
  const elapsedMs = performance.now() - countFromMs
  process.kill(side.pid, 'SIGSTOP')
  const tookMs = stretch.tookMs.sort((a, b) => a - b)
  side.turns.push({
    perSecond: (tookMs.length * 1000) / elapsedMs,
    p99: tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN,
  })
}

async function asFastAsItGoes(side: Side, stretch: Stretch): Promise<void> {
  const inTurn = async () => {
    while (performance.now() < stretch.endMs) await ask(side, stretch)
  }
  await Promise.all(Array.from({ length: inFlight }, inTurn))
}

async function atRate(side: Side, stretch: Stretch, perMs: number): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (let sent = 0; performance.now() < stretch.endMs; await delay(1)) {
    for (const due = (performance.now() - stretch.beginMs) * perMs; sent < due; sent++) {
      const asking = ask(side, stretch)
      underWay.add(asking)
      void asking.then(() => underWay.delete(asking))
    }
  }
  await Promise.all(underWay)
}

/** One verification of any of the keys; `dispatch`, since its bigger brothers cost more than the server. */
function ask(side: Side, { countFromMs, tookMs }: Stretch): Promise<void> {
  const body = JSON.stringify({ token: benchToken(Math.floor(Math.random() * keys)) })
  const sentMs = performance.now()
  let valid = false
  return new Promise((resolve) => {
    const done = () => {
      side.answered++
      if (!valid) side.wrong++
      if (sentMs >= countFromMs) tookMs.push(performance.now() - sentMs)
      resolve()
    }
    side.pool.dispatch(
      { path: '/verify', method: 'POST', headers, body },
      {
        onRequestStart: () => {},
        onResponseStart: () => {},
        onResponseData: (_controller, chunk) => {
          valid ||= chunk.includes('"valid":true')
        },
        onResponseEnd: done,
        onResponseError: done,
      },
    )
  })
}

function resultOf({ turns, answered, wrong }: Side): LoadResult {
  return { turns, answered, wrong }
}
