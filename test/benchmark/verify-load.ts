// The load of the verification, a process of its own so that it takes nothing from whom it measures. With a rate it is an open
// loop: requests leave when they are due, however long the answers take, and waiting for a connection counts. Without one,
// each of the connections sends as soon as its answer is there, which finds the maximum.

import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { Pool } from 'undici'
import { benchToken } from './verify-seed.ts'

/** What one run of the load saw. */
export interface LoadResult {
  /** Answers within the measured stretch, per second. */
  readonly perSecond: number
  /** Of those answers, in milliseconds. */
  readonly p50: number
  readonly p99: number
  /** All answers, also those of the warm-up. */
  readonly answered: number
  /** Answers that were not a `200` with a valid verdict. */
  readonly wrong: number
}

const { values } = parseArgs({
  options: {
    url: { type: 'string', default: '' },
    token: { type: 'string', default: '' },
    keys: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '3' },
    rate: { type: 'string' },
  },
})
const keys = Number(values.keys)
const measuredMs = Number(values.seconds) * 1000
const warmUpMs = 1000
const inFlight = 64

const pool = new Pool(values.url, { connections: inFlight, pipelining: 1 })
const headers = {
  authorization: `Bearer ${values.token}`,
  'content-type': 'application/json',
}
const beginMs = performance.now()
const endMs = beginMs + warmUpMs + measuredMs
const tookMs: number[] = []
let answered = 0
let wrong = 0

if (values.rate === undefined) {
  await Promise.all(Array.from({ length: inFlight }, inTurn))
} else {
  await atRate(Number(values.rate) / 1000)
}
tookMs.sort((a, b) => a - b)
const result: LoadResult = {
  perSecond: (tookMs.length * 1000) / measuredMs,
  p50: tookMs[Math.floor(tookMs.length * 0.5)] ?? Number.NaN,
  p99: tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.NaN,
  answered,
  wrong,
}
process.stdout.write(`${JSON.stringify(result)}\n`)
await pool.close()

async function inTurn(): Promise<void> {
  while (performance.now() < endMs) await ask()
}

async function atRate(perMs: number): Promise<void> {
  const underWay = new Set<Promise<void>>()
  for (let sent = 0; performance.now() < endMs; await delay(1)) {
    for (const due = (performance.now() - beginMs) * perMs; sent < due; sent++) {
      const asking = ask()
      underWay.add(asking)
      void asking.then(() => underWay.delete(asking))
    }
  }
  await Promise.all(underWay)
}

/** One verification of any of the keys; `dispatch`, since its bigger brothers cost more than the server. */
function ask(): Promise<void> {
  const body = JSON.stringify({ token: benchToken(Math.floor(Math.random() * keys)) })
  const sentMs = performance.now()
  let valid = false
  return new Promise((resolve) => {
    const done = () => {
      const nowMs = performance.now()
      answered++
      if (!valid) wrong++
      if (nowMs >= beginMs + warmUpMs && nowMs < endMs) tookMs.push(nowMs - sentMs)
      resolve()
    }
    pool.dispatch(
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
