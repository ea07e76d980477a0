import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { auditListBody, keyListBody, whoamiBody } from '@latchkey/core'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import type { KeyServiceConfigInput } from './config.ts'
import { startKeyService } from './start.ts'
import { type PostgresServer, startPostgres } from './store/postgres/test-server.ts'

const program = join(import.meta.dirname, 'admin.ts')

let postgres: PostgresServer
let folder: string
beforeAll(async () => {
  postgres = await startPostgres()
})
afterAll(() => postgres.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-admin-'))
  onTestFinished(() => rm(folder, { recursive: true }))
})

const credential = async () => (await readFile(join(folder, 'admin-credential'), 'utf8')).trim()

/** A service that the test asks, until it is stopped. */
async function start(config: KeyServiceConfigInput) {
  const options = { port: 0, dataFolder: folder, ...config }
  const running = await startKeyService(options, { log: pino({ level: 'silent' }) })
  onTestFinished(() => running.stop())
  const ask = async (path: string, token: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    const answer = await fetch(running.url + path, { headers, ...sent })
    return { status: answer.status, body: (await answer.json()) as unknown }
  }
  return { ask, stop: running.stop }
}

/** Runs the command, and gives what it says. */
async function runCommand(environment: Record<string, string> = {}) {
  const child = spawn(process.execPath, [program], {
    env: { ...process.env, LATCHKEY_DATA: folder, ...environment },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk
    })
  }
  const [code] = await once(child, 'close')
  return { code, output }
}

describe.each(['SQLite', 'PostgreSQL'])('on %s', (engine) => {
  const database = async (): Promise<Record<string, string>> =>
    engine === 'SQLite' ? {} : { DATABASE_URL: await postgres.createDatabase() }

  test.each(['running', 'stopped'])(
    'a lost administrator is replaced while the service is %s, and works no longer',
    async (how) => {
      const env = await database()
      const config = env.DATABASE_URL === undefined ? {} : { databaseUrl: env.DATABASE_URL }
      const before = await start(config)
      const lost = await credential()
      const lostId = whoamiBody.parse((await before.ask('/whoami', lost)).body).keyId
      const kept = await before.ask('/apikeys', lost, {
        displayName: 'verifier',
        platform: true,
        scopes: ['verifyApiKeys'],
      })
      if (how === 'stopped') await before.stop()
      const { code, output } = await runCommand(env)
      const { ask } = how === 'stopped' ? await start(config) : before

      expect({ code, output }).toMatchObject({ code: 0 })
      const file = join(folder, 'admin-credential')
      const token = await credential()
      expect(output).toContain(file)
      expect(output).toContain(lostId)
      expect(output).not.toContain(token)
      expect((await stat(file)).mode & 0o777).toBe(0o600)
      expect((await readdir(folder)).filter((name) => name.startsWith('admin'))).toHaveLength(1)

      expect((await ask('/whoami', lost)).status).toBe(401)
      const me = whoamiBody.parse((await ask('/whoami', token)).body)
      expect(me.scopes).toContain('*')
      expect((await ask('/accounts', token, { displayName: 'x' })).status).toBe(201)
      const { items } = keyListBody.parse((await ask('/apikeys', token)).body)
      expect(Object.fromEntries(items.map(({ id, state }) => [id, state]))).toMatchObject({
        [me.keyId ?? '']: 'active',
        [lostId ?? '']: 'revoked',
      })
      const verifier = (kept.body as { credential: { token: string } }).credential.token
      expect((await ask('/verify', verifier, { token })).body).toMatchObject({ valid: true })

      const audit = auditListBody.parse((await ask('/audit?actor=system', token)).body).items
      expect(audit.slice(0, 2)).toMatchObject([
        { action: 'Issued', subject: { id: me.keyId }, detail: { replaces: [lostId] } },
        { action: 'Revoked', subject: { id: lostId }, detail: { replacedBy: me.keyId } },
      ])
    },
  )

  test('runs at once leave one administrator alive', async () => {
    const env = await database()
    const config = env.DATABASE_URL === undefined ? {} : { databaseUrl: env.DATABASE_URL }
    const { stop } = await start(config)
    const runs = await Promise.all([runCommand(env), runCommand(env)])
    expect(runs.map(({ code }) => code)).toContain(0)
    await stop()
    await runCommand(env)
    const { ask } = await start(config)
    const { body } = await ask('/apikeys?state=active', await credential())
    expect(keyListBody.parse(body).items).toHaveLength(1)
  })
})

test('the new credential is kept with the pepper of the service, which the command must know', async () => {
  const pepper = join(folder, 'pepper')
  await writeFile(pepper, 'p'.repeat(40))
  const peppers = [{ version: 1, file: pepper }]
  const settings = join(folder, 'settings.json')
  await writeFile(settings, JSON.stringify({ peppers, dataFolder: folder }))
  const { ask } = await start({ peppers })
  expect(await runCommand()).toMatchObject({
    code: 1,
    output: expect.stringContaining('pepper 1 is missing'),
  })
  expect((await ask('/whoami', await credential())).status).toBe(200)
  expect(await runCommand({ LATCHKEY_CONFIG: settings })).toMatchObject({ code: 0 })
  expect((await ask('/whoami', await credential())).status).toBe(200)
})

test.each([
  ['a folder without a store', {}, 'There is no store at'],
  ['a database that no service was started on', 'PostgreSQL', 'start the key service'],
])('for %s it says so, and makes nothing', async (_name, where, said) => {
  const env = where === 'PostgreSQL' ? { DATABASE_URL: await postgres.createDatabase() } : {}
  const { code, output } = await runCommand(env)
  expect(code).toBe(1)
  expect(output).toContain(said)
  expect(output).not.toContain('    at ')
  expect(await readdir(folder)).toEqual([])
})
