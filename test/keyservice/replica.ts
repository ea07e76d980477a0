import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { issuedKeyBody, keyRecord, verdictBody } from '@latchkey/core'
import { Pool } from 'undici'
import { type Program, runProgram } from '../benchmark/program.ts'

/** A key service as a process of its own, which can be killed like one. */
export interface Replica {
  /** A new key, once its answer is there. */
  readonly issue: (headers?: Readonly<Record<string, string>>) => Promise<IssuedKey>
  /** Resolves once the service has answered that the key is revoked. */
  readonly revoke: (keyId: string) => Promise<void>
  /** Resolves once the service has answered that the key has another name. */
  readonly rename: (keyId: string, displayName: string) => Promise<void>
  readonly nameOf: (keyId: string) => Promise<string>
  /** Whether the token works; the question begins now. */
  readonly verify: (token: string) => Promise<boolean>
  /** Any request of the administrator; the answer's status and text. */
  readonly send: (
    method: 'GET' | 'POST' | 'DELETE' | 'PATCH',
    path: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ) => Promise<{ readonly status: number; readonly text: string }>
  /** `kill -9`. Safe to repeat. */
  readonly kill: () => Promise<void>
}

export interface IssuedKey {
  readonly id: string
  readonly token: string
}

/** A fresh folder for what a service keeps, the administrator's credential among it. */
export function dataFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'latchkey-replica-'))
}

/** Throws a folder away. */
export function removeFolder(folder: string): Promise<void> {
  return rm(folder, { recursive: true, force: true })
}

const main = fileURLToPath(new URL('../../keyservice/src/main.ts', import.meta.url))

export interface ReplicaOptions {
  readonly folder: string
  /** Where the administrator's credential lies, if another replica made it. */
  readonly credentialFolder?: string
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a replica on any free port. */
export async function startReplica(options: ReplicaOptions): Promise<Replica> {
  const { folder, credentialFolder = folder, env = {} } = options
  const program: Program = runProgram(main, [], {
    LATCHKEY_DATA: folder,
    LATCHKEY_PORT: '0',
    LATCHKEY_LOG_LEVEL: 'error',
    ...env,
  })
  const line = await program.line((text) => text.includes('listens on'))
  const pool = new Pool(/http:\S+/.exec(line)?.[0] ?? '', { connections: 32 })
  const token = (await readFile(join(credentialFolder, 'admin-credential'), 'utf8')).trim()

  const kill = async () => {
    process.kill(program.pid, 'SIGKILL')
    await program[Symbol.asyncDispose]()
    await pool.destroy()
  }
  let killed: Promise<void> | undefined
  const send: Replica['send'] = async (method, path, body, headers = {}) => {
    const answer = await pool.request({
      method,
      path,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return { status: answer.statusCode, text: await answer.body.text() }
  }
  const expectStatus = async (status: number, answering: ReturnType<Replica['send']>) => {
    const answer = await answering
    if (answer.status !== status) throw new Error(`${answer.status}: ${answer.text}`)
    return answer.text
  }
  return {
    send,
    issue: async (headers) => {
      const body = { displayName: 'k' }
      const text = await expectStatus(201, send('POST', '/apikeys', body, headers))
      const { key, credential } = issuedKeyBody.parse(JSON.parse(text))
      return { id: key.id, token: credential.token ?? '' }
    },
    revoke: async (keyId) => {
      await expectStatus(204, send('DELETE', `/apikeys/${keyId}`))
    },
    rename: async (keyId, displayName) => {
      await expectStatus(200, send('PATCH', `/apikeys/${keyId}`, { displayName }))
    },
    nameOf: async (keyId) => {
      const text = await expectStatus(200, send('GET', `/apikeys/${keyId}`))
      return keyRecord.parse(JSON.parse(text)).displayName
    },
    verify: async (asked) => {
      const text = await expectStatus(200, send('POST', '/verify', { token: asked }))
      return verdictBody.parse(JSON.parse(text)).valid
    },
    kill: () => {
      killed ??= kill()
      return killed
    },
  }
}
