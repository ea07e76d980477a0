import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { issuedKeyBody, whoamiBody } from '@latchkey/core'
import { pino } from 'pino'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startKeyService } from '../start.ts'
import { startTestService, type TestService } from '../test-service.ts'

let service: TestService
let administrator: string
beforeAll(async () => {
  service = await startTestService()
  administrator = `/apikeys/${whoamiBody.parse((await service.send('GET', '/whoami')).body).keyId}`
})
afterAll(() => service.stop())

const soon = { expiration: { after: '1s' } }
const changes = [
  ['POST', '/disable', {}],
  ['DELETE', '', undefined],
  ['DELETE', '/previous', undefined],
  ['PATCH', '', soon],
  ['PATCH', '', { scopes: [] }],
  ['POST', '/rotate', {}],
] as const

describe('the administrator’s credential', () => {
  test.each(changes)(
    'is out of reach for a key that may make keys beside it: %s %s',
    async (...change) => {
      const [method, path, body] = change
      const scopes = ['readApiKeys', 'writeApiKeys']
      const maker = issuedKeyBody.parse(
        (await service.send('POST', '/apikeys', { body: { displayName: 'maker', scopes } })).body,
      )
      const token = maker.credential.token ?? ''
      const answer = await service.send(method, administrator + path, {
        token,
        ...(body === undefined ? {} : { body }),
      })
      expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
      expect((await service.send('GET', '/whoami')).status).toBe(200)
    },
  )

  test.each([
    ['POST', '/disable', {}],
    ['DELETE', '', undefined],
    ['PATCH', '', soon],
  ])('does not end itself by %s %s', async (method, path, body) => {
    const answer = await service.send(method, administrator + path, { body })
    expect(answer).toMatchObject({ status: 409, body: { code: 'Conflict' } })
    expect((await service.send('GET', '/whoami')).status).toBe(200)
  })

  test('has every right, so that its scopes are not there to be changed', async () => {
    const answer = await service.send('PATCH', administrator, { body: { scopes: ['readApiKeys'] } })
    expect(answer).toMatchObject({ status: 400, body: { code: 'Invalid' } })
    expect(answer.body).toMatchObject({ errors: [{ path: 'scopes' }] })
  })

  test('does not end with its account, whichever account the request names', async () => {
    await service.send('POST', '/accounts', { body: { id: 'other', displayName: 'Other' } })
    for (const named of ['default', 'other']) {
      const headers = { 'x-account-id': named }
      const answer = await service.send('DELETE', '/accounts/default', { headers })
      expect(answer).toMatchObject({ status: 409, body: { code: 'Conflict' } })
    }
  })
})

test('a start that finds no administrator makes one, and only then', async () => {
  const dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-administrator-'))
  const during = async (work: (url: string, token: string) => Promise<unknown>) => {
    const log = pino({ level: 'silent' })
    const running = await startKeyService({ port: 0, dataFolder }, { log })
    const token = (await readFile(running.adminCredentialFile, 'utf8')).trim()
    try {
      await work(running.url, token)
      return token
    } finally {
      await running.stop()
    }
  }
  const ask = async (url: string, token: string, path: string, body?: object) => {
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
    const sent = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }
    return (await fetch(url + path, { headers, ...sent })).status
  }
  try {
    const first = await during((url, token) => ask(url, token, '/leaks', { token }))
    const second = await during(async (url, token) => {
      expect(await ask(url, first, '/whoami')).toBe(401)
      expect(await ask(url, token, '/accounts', { displayName: 'x' })).toBe(201)
    })
    expect(second).not.toBe(first)
    expect(await during(async () => {})).toBe(second)
  } finally {
    await rm(dataFolder, { recursive: true })
  }
})
