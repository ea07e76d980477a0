import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issuedKeyBody, storeBody } from '@latchkey/core'
import { Client } from 'pg'
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test } from 'vitest'
import { type PostgresServer, startPostgres } from '../store/postgres/test-server.ts'
import { startTestService, type TestService } from '../test-service.ts'

// A store in PostgreSQL is dumped and read back. The dump needs `pg_dump` and `psql`, of PostgreSQL's client programs.

let server: PostgresServer
let databaseUrl: string
let service: TestService
let folder: string
beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-restore-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  databaseUrl = await server.createDatabase()
  service = await start(databaseUrl)
})

async function start(url: string): Promise<TestService> {
  const started = await startTestService({ databaseUrl: url, dataFolder: folder })
  onTestFinished(() => started.stop())
  return started
}
const issue = async () => {
  const answer = await service.send('POST', '/apikeys', { body: { displayName: 'k' } })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}
const verify = (token: string, at = service) =>
  at.send('POST', '/verify', { body: { token, probe: true }, token: service.adminToken })

async function dump(): Promise<string> {
  const file = join(folder, 'dump.sql')
  const options = ['--clean', '--if-exists', '--no-owner', databaseUrl]
  await writeFile(file, await server.run('pg_dump', ...options))
  return file
}
const readBack = (file: string, url: string) =>
  server.run('psql', '--quiet', '-v', 'ON_ERROR_STOP=1', '-d', url, '-f', file)

test('a dump that is read back into another database verifies nothing until that is decided', async () => {
  const key = await issue()
  const file = await dump()
  await service.send('DELETE', `/apikeys/${key.id}`)
  const audit = await fetch(`${service.url}/audit/export`, {
    headers: { authorization: `Bearer ${service.adminToken}` },
  })
  const lines = await audit.text()
  await service.stop()
  const fresh = await server.createDatabase()
  await readBack(file, fresh)
  service = await start(fresh)
  expect((await verify(key.token)).status).toBe(503)
  const reapplied = await fetch(`${service.url}/store/reapply`, {
    method: 'POST',
    headers: { authorization: `Bearer ${service.adminToken}` },
    body: lines,
  })
  expect(reapplied.status).toBe(200)
  expect((await verify(key.token)).body).toMatchObject({ valid: false, reason: 'KeyRevoked' })
})

test('a dump that is read back under running replicas ends every verification at once', async () => {
  const key = await issue()
  const other = await start(databaseUrl)
  const file = await dump()
  await service.send('DELETE', `/apikeys/${key.id}`)
  await readBack(file, databaseUrl)
  expect((await verify(key.token)).status).toBe(503)
  expect((await verify(key.token, other)).status).toBe(503)
})

test('a copy of the database itself is known by where it lies', async () => {
  const key = await issue()
  await service.stop()
  const copy = `copy_of_${new URL(databaseUrl).pathname.slice(1)}`
  const client = new Client({ connectionString: databaseUrl.replace(/[^/]+$/, 'postgres') })
  await client.connect()
  await client.query(`create database ${copy} template ${new URL(databaseUrl).pathname.slice(1)}`)
  await client.end()
  service = await start(databaseUrl.replace(/[^/]+$/, copy))
  expect((await verify(key.token)).status).toBe(503)
  const { life } = storeBody.parse((await service.send('GET', '/store')).body)
  await service.send('POST', '/store/accept-loss', { body: { life } })
  expect((await verify(key.token)).body).toMatchObject({ valid: true })
})

test('a new replica on the same database is no restore', async () => {
  const key = await issue()
  const other = await startTestService({ databaseUrl })
  onTestFinished(() => other.stop())
  expect((await verify(key.token, other)).body).toMatchObject({ valid: true })
})

test('a role that is no superuser may find out where the database lies', async () => {
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  await client.query('create role plain')
  await client.query('set role plain')
  const { rows } = await client.query('select system_identifier from pg_control_system()')
  await client.query('reset role')
  await client.query('drop role plain')
  await client.end()
  expect(rows).toHaveLength(1)
})
