import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { loggedInBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'

// What is left of how a user logged in, once he is gone.

let service: TestService
let dataFolder: string
beforeAll(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-users-'))
  service = await startTestService({ dataFolder })
})
afterAll(() => service.stop())

const password = 'correct horse battery'
const inAccount = (account: string) => ({ headers: { 'x-account-id': account } })
const login = (username: string, given = password) =>
  service.send('POST', '/auth/login', { token: null, body: { username, password: given } })
async function user(account: string, id: string, given = password): Promise<number> {
  const made = await service.send('POST', '/users', {
    ...inAccount(account),
    body: { id, displayName: id },
  })
  await service.send('PUT', `/users/${id}/login`, {
    ...inAccount(account),
    body: { password: given },
  })
  return made.status
}
const account = (id: string) => service.send('POST', '/accounts', { body: { id, displayName: id } })

/** Rows of the tables of logging in that name a user. */
function rowsOf(userId: string): number {
  const database = new DatabaseSync(join(dataFolder, 'keys.sqlite'), { readOnly: true })
  const of = (table: string, column: string) =>
    database.prepare(`select count(*) as rows from ${table} where ${column} = ?`).get(userId)?.rows
  const rows = Number(of('logins', 'user_id')) + Number(of('failed_logins', 'username'))
  database.close()
  return rows
}

test('a removed user leaves neither password nor failures, and his sessions end', async () => {
  await user('default', 'ann')
  const { token } = loggedInBody.parse((await login('ann')).body)
  await login('ann', 'wrong')
  expect(rowsOf('ann')).toBe(2)
  expect((await service.send('DELETE', '/users/ann')).status).toBe(204)
  expect(rowsOf('ann')).toBe(0)
  expect((await service.send('GET', '/whoami', { token })).status).toBe(401)
})

test('the name of a removed user is not given again while his account lives', async () => {
  expect(await user('default', 'ben')).toBe(201)
  await service.send('DELETE', '/users/ben')
  expect(await user('default', 'ben')).toBe(409)
})

test('B13: with its account a name is forgotten: whoever gets it elsewhere inherits no password and no failure', async () => {
  await account('left')
  await account('new')
  await user('left', 'cleo')
  await login('cleo', 'wrong')
  await service.send('DELETE', '/accounts/left')
  expect(rowsOf('cleo')).toBe(0)
  expect(await user('new', 'cleo', 'another good one')).toBe(201)
  expect((await login('cleo')).status).toBe(401)
  const again = await login('cleo', 'another good one')
  expect(loggedInBody.parse(again.body).session).toMatchObject({ account: 'new' })
})
