import { existsSync } from 'node:fs'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import type { KeyServiceConfigInput } from './config.ts'
import { startKeyService } from './start.ts'

// A whole key service for tests: the real program on a free port and a fresh folder, with a clock that the test moves.

/** An answer, read to its end. */
export interface Answer {
  readonly status: number
  readonly headers: Headers
  /** Parsed where it is JSON; tests read it with the schemas of the contract. */
  readonly body: unknown
}

/** What a test sends. */
export interface Sent {
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** Whose credential; null sends none. Default: the administrator's. */
  readonly token?: string | null
}

export interface TestService {
  readonly url: string
  /** Empty where another replica made the administrator. */
  readonly adminToken: string
  /** Everything that was logged. */
  readonly logged: () => string
  /** Moves the clock. */
  readonly pass: (seconds: number) => void
  readonly send: (method: string, path: string, sent?: Sent) => Promise<Answer>
  readonly stop: () => Promise<void>
}

export async function startTestService(config: KeyServiceConfigInput = {}): Promise<TestService> {
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-keyservice-'))
  let nowMs = Date.UTC(2026, 0, 1)
  let lines = ''
  const log = pino(
    { level: 'debug' },
    {
      write: (line) => {
        lines += line
      },
    },
  )
  const running = await startKeyService(
    { port: 0, dataFolder, ...config },
    { clock: () => nowMs, log },
  )
  const file = running.adminCredentialFile
  const adminToken = existsSync(file) ? (await readFile(file, 'utf8')).trim() : ''
  return {
    url: running.url,
    adminToken,
    logged: () => lines,
    pass: (seconds) => {
      nowMs += seconds * 1000
    },
    send: async (method, path, { body, headers = {}, token = adminToken } = {}) => {
      const response = await fetch(running.url + path, {
        method,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      const text = await response.text()
      return {
        status: response.status,
        headers: response.headers,
        body: text.startsWith('{') ? JSON.parse(text) : {},
      }
    },
    stop: async () => {
      await running.stop()
      await rm(dataFolder, { recursive: true, force: true })
    },
  }
}
