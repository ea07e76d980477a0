import { once } from 'node:events'
import { request } from 'node:https'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import type { KeyPair } from './certificates.ts'
import type { OnProgress } from './progress.ts'

const pollMilliseconds = 40

/** A busy machine may take long; a healthy one is ready in three seconds. */
const patienceMilliseconds = 120_000

/** A stopped API server accepts connections and never answers them. */
const answerMilliseconds = 3_000

export type ApiServerAccess = {
  readonly url: string
  readonly caPem: string
  readonly admin: KeyPair
}

/** Waits until something listens on the Unix socket. The path is relative to this process. */
export async function untilListening(path: string, signal: AbortSignal): Promise<void> {
  await poll(signal, `Nothing listens on ${path}`, async () => {
    const socket = connect(path)
    try {
      await once(socket, 'connect')
      return true
    } catch {
      return false
    } finally {
      socket.destroy()
    }
  })
}

/** Waits until every check of the API server's `/readyz` passes, and reports how many do. */
export async function untilApiServerReady(
  access: ApiServerAccess,
  signal: AbortSignal,
  onProgress: OnProgress,
): Promise<void> {
  await poll(signal, `The API server at ${access.url} is not ready`, async () => {
    const answer = await get(access, '/readyz?verbose', signal)
    const checks = answer.body.match(/^\[[+-]\]/gm) ?? []
    const passed = checks.filter((check) => check === '[+]')
    if (checks.length > 0) {
      const text = 'Waiting for the API server'
      onProgress({ kind: 'progress', done: passed.length, total: checks.length, text })
    }
    return answer.status === 200
  })
}

/** Waits until the API server has an object at this path. */
export async function untilPresent(
  access: ApiServerAccess,
  path: string,
  signal: AbortSignal,
): Promise<void> {
  await poll(signal, `${access.url}${path} does not appear`, async () => {
    return (await get(access, path, signal)).status === 200
  })
}

async function poll(
  signal: AbortSignal,
  complaint: string,
  isDone: () => Promise<boolean>,
): Promise<void> {
  const deadline = performance.now() + patienceMilliseconds
  while (!(await isDone())) {
    signal.throwIfAborted()
    if (performance.now() > deadline) {
      throw new Error(`${complaint} after ${patienceMilliseconds / 1000} seconds`)
    }
    await sleep(pollMilliseconds, undefined, { signal })
  }
}

type Answer = { readonly status: number; readonly body: string }

/** One request on a connection of its own. No answer (refused, cut, too slow) counts as status 0. */
async function get(access: ApiServerAccess, path: string, signal: AbortSignal): Promise<Answer> {
  const query = request(new URL(path, access.url), {
    ca: access.caPem,
    cert: access.admin.certPem,
    key: access.admin.keyPem,
    agent: false,
    signal: AbortSignal.any([signal, AbortSignal.timeout(answerMilliseconds)]),
  })
  try {
    query.end()
    const [response] = await once(query, 'response')
    const chunks: Buffer[] = []
    for await (const chunk of response) chunks.push(chunk)
    return { status: response.statusCode, body: Buffer.concat(chunks).toString('utf8') }
  } catch {
    return { status: 0, body: '' }
  }
}
