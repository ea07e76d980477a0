import { copyFile, cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { eventListBody, issuedKeyBody, storeBody } from '@latchkey/core'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { backupSqlite } from '../store/sqlite/backup.ts'
import { startTestService, type TestService } from '../test-service.ts'

// A store on SQLite is backed up, goes on, and is brought back.

let folder: string
let backup: string
let service: TestService

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-restore-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  backup = join(folder, 'backup.sqlite')
  service = await start()
})

async function start(dataFolder = folder): Promise<TestService> {
  const started = await startTestService({ dataFolder })
  onTestFinished(() => started.stop())
  return started
}
const issue = async (body: object = {}) => {
  const answer = await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body } })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}
const verify = (token: string) => service.send('POST', '/verify', { body: { token, probe: true } })
const database = (name = 'keys.sqlite') => join(folder, name)
const takeBackup = () => backupSqlite(folder, backup, Date.UTC(2026, 0, 1))
const revoke = (id: string) => service.send('DELETE', `/apikeys/${id}`)
const state = async () => storeBody.parse((await service.send('GET', '/store')).body)

/** What a person does who restores: stop, put the file back, start. */
async function putBack(from = backup): Promise<void> {
  await service.stop()
  for (const rest of ['-wal', '-shm']) await rm(database(`keys.sqlite${rest}`), { force: true })
  await copyFile(from, database())
  service = await start()
}

/** The audit trail as lines, behind an entry. */
async function exported(after = 0): Promise<string> {
  const response = await fetch(`${service.url}/audit/export?after=${after}`, {
    headers: { authorization: `Bearer ${service.adminToken}` },
  })
  return response.text()
}

async function reapply(lines: string) {
  const response = await fetch(`${service.url}/store/reapply`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${service.adminToken}`,
      'content-type': 'application/x-ndjson',
    },
    body: lines,
  })
  return { status: response.status, body: (await response.json()) as unknown }
}

test('a backup that is put back verifies nothing, and says so to everybody but the administrator', async () => {
  const scopes = ['readApiKeys', 'verifyApiKeys']
  const key = await issue({ scopes })
  const platform = await issue({ scopes, platform: true })
  await takeBackup()
  await revoke(key.id)
  await putBack()
  expect(await verify(key.token)).toMatchObject({
    status: 503,
    body: { code: 'ServiceUnavailable' },
  })
  for (const { token } of [key, platform]) {
    expect((await service.send('GET', '/apikeys', { token })).status).toBe(503)
  }
  expect((await service.send('GET', `/apikeys/${key.id}`)).status).toBe(200)
  expect((await state()).restored).toBeDefined()
})

test('with the audit export what was ended since is ended again, and the rest works', async () => {
  await service.send('POST', '/spaces', { body: { id: 'lab', displayName: 'Lab' } })
  const kept = await issue()
  const ended = {
    KeyRevoked: await issue(),
    KeyLeaked: await issue(),
    KeyDisabled: await issue(),
    SpaceNotFound: await issue({ space: 'lab' }),
  }
  const rotated = await issue()
  const narrowed = await issue({ scopes: ['a', 'b'] })
  await takeBackup()
  await revoke(ended.KeyRevoked.id)
  await service.send('POST', '/leaks', { body: { token: ended.KeyLeaked.token } })
  await service.send('POST', `/apikeys/${ended.KeyDisabled.id}/disable`, {
    body: { reason: 'on holiday' },
  })
  await service.send('DELETE', '/spaces/lab')
  await service.send('POST', `/apikeys/${rotated.id}/rotate`, { body: {} })
  await service.send('PATCH', `/apikeys/${narrowed.id}`, { body: { scopes: ['a'] } })
  const lines = await exported()
  await putBack()

  expect(await reapply(lines)).toMatchObject({ status: 200, body: { entries: 7 } })
  for (const [reason, { token }] of Object.entries(ended)) {
    expect((await verify(token)).body, reason).toMatchObject({ valid: false, reason })
  }
  const disabled = await service.send('GET', `/apikeys/${ended.KeyDisabled.id}`)
  expect(disabled.body).toMatchObject({ stateMessage: 'on holiday' })
  expect((await verify(rotated.token)).body).toMatchObject({ valid: false })
  expect((await verify(narrowed.token)).body).toMatchObject({ valid: true, scopes: ['a'] })
  expect((await verify(kept.token)).body).toMatchObject({ valid: true })
})

test('a pause of logins that the export tells of takes nobody his login', async () => {
  const password = 'correct horse battery'
  const login = (given: string) =>
    service.send('POST', '/auth/login', { token: null, body: { username: 'ann', password: given } })
  await service.send('POST', '/users', { body: { id: 'ann', displayName: 'Ann' } })
  await service.send('PUT', '/users/ann/login', { body: { password } })
  await takeBackup()
  await Promise.all(Array.from({ length: 10 }, () => login('wrong')))
  const lines = await exported()
  expect(lines).toContain('LoginPaused')
  await putBack()
  expect(await reapply(lines)).toMatchObject({ status: 200 })
  expect((await login(password)).status).toBe(200)
})

test('an export that does not go back to the backup, or has a gap in its order, releases nothing', async () => {
  const key = await issue()
  await takeBackup()
  await revoke(key.id)
  await issue()
  const lines = await exported()
  const { number } = await state()
  const late = await exported(number - 1)
  await putBack()
  const turned = lines.trim().split('\n').toReversed().join('\n')
  const unstorable = lines.replace('"detail":{', '"detail":{"displayName":"a\\u0000b",')
  for (const wrong of [late, turned, '', '{"number":1}', unstorable]) {
    expect(await reapply(wrong)).toMatchObject({ status: 400, body: { code: 'Invalid' } })
  }
  expect((await verify(key.token)).status).toBe(503)
})

test('the loss is accepted by the name of the store alone, and then what was revoked works again', async () => {
  const key = await issue()
  await takeBackup()
  await revoke(key.id)
  await putBack()
  const accept = (life: string) => service.send('POST', '/store/accept-loss', { body: { life } })
  expect(await accept('yes')).toMatchObject({ status: 409, body: { errors: [{ path: 'life' }] } })
  expect((await verify(key.token)).status).toBe(503)
  const { life } = await state()
  expect((await accept(life)).status).toBe(200)
  expect((await verify(key.token)).body).toMatchObject({ valid: true })
  expect(await state()).not.toHaveProperty('restored')
  const { body } = await service.send('GET', '/audit?action=StoreReleased')
  expect(body).toMatchObject({ items: [{ detail: { lossAccepted: true, life } }] })
})

test('after a restore the cursors of before are gone', async () => {
  const { cursor } = eventListBody.parse((await service.send('GET', '/events')).body)
  await takeBackup()
  await putBack()
  const { life } = await state()
  await service.send('POST', '/store/accept-loss', { body: { life } })
  expect((await service.send('GET', `/events?cursor=${cursor}`)).status).toBe(410)
})

test('a decided restore stays decided, and a plain restart is no restore', async () => {
  const key = await issue()
  await takeBackup()
  await putBack()
  const { life } = await state()
  await service.send('POST', '/store/accept-loss', { body: { life } })
  for (let restart = 0; restart < 2; restart++) {
    await service.stop()
    service = await start()
    expect((await verify(key.token)).body).toMatchObject({ valid: true })
  }
})

test('a copy that nobody marked is known by the marker beside the store, which is ahead of it', async () => {
  const key = await issue()
  await service.stop()
  await copyFile(database(), backup)
  service = await start()
  await revoke(key.id)
  await putBack()
  expect((await verify(key.token)).status).toBe(503)
})

test('a database file that comes without its marker was brought from somewhere', async () => {
  const key = await issue()
  await service.stop()
  await rm(database('store-marker.json'))
  service = await start()
  expect((await verify(key.token)).status).toBe(503)
})

test('a whole folder that moved is no restore', async () => {
  const key = await issue()
  await service.stop()
  const moved = `${folder}-moved`
  await cp(folder, moved, { recursive: true })
  onTestFinished(() => rm(moved, { recursive: true }))
  service = await start(moved)
  expect((await verify(key.token)).body).toMatchObject({ valid: true })
})

test('who is no administrator sees nothing of the store and decides nothing', async () => {
  await service.send('POST', '/accounts', { body: { id: 'a', displayName: 'A' } })
  const { token } = await issue({ scopes: ['readAudit', 'manageAccount'] })
  const tries = [
    await service.send('GET', '/store', { token }),
    await service.send('POST', '/store/accept-loss', { token, body: { life: 'x' } }),
    await service.send('GET', '/store', { headers: { 'x-account-id': 'a' } }),
  ]
  expect(tries.map(({ status }) => status)).toEqual([403, 403, 403])
})
