import { generateKeyPairSync, sign } from 'node:crypto'
import {
  auditListBody,
  issuedKeyBody,
  keyRecord,
  leakReportedBody,
  partnerFeedbackBody,
} from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sent, startTestService, type TestService } from '../../test-service.ts'

const scanner = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = scanner.publicKey.export({ type: 'spki', format: 'pem' }) as string

let service: TestService
let pairs: TestService
beforeAll(async () => {
  service = await startTestService({ leaks: { partnerKeys: [{ identifier: 'scan-1', pem }] } })
  pairs = await startTestService({ token: { kind: 'pair' } })
})
afterAll(async () => {
  await service.stop()
  await pairs.stop()
})

const issue = async (body: object = {}, sent: Sent = {}) => {
  const answer = await service.send('POST', '/apikeys', {
    body: { displayName: 'k', ...body },
    ...sent,
  })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { key, id: key.id, credentialId: credential.id, token: credential.token ?? '' }
}
const rotate = async (id: string, body: object) =>
  issuedKeyBody.parse((await service.send('POST', `/apikeys/${id}/rotate`, { body })).body)
const report = (token: string, sent: Sent = {}) =>
  service.send('POST', '/leaks', { body: { token }, ...sent })
const verify = async (token: string | undefined) =>
  (await service.send('POST', '/verify', { body: { token, probe: true } })).body
const read = async (id: string) =>
  keyRecord.parse((await service.send('GET', `/apikeys/${id}`)).body)

/** Sends what a scanner sends. */
async function scan(
  matches: unknown,
  { key = scanner.privateKey, identifier = 'scan-1', alter = (text: string) => text } = {},
) {
  const body = JSON.stringify(matches)
  const response = await fetch(`${service.url}/leaks/github`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'github-public-key-identifier': identifier,
      'github-public-key-signature': sign('sha256', Buffer.from(body), key).toString('base64'),
    },
    body: alter(body),
  })
  return { status: response.status, body: (await response.json()) as unknown }
}

describe('200', () => {
  test('D8: a key whose token was published is dead at once, and nothing enables it again', async () => {
    const { id, credentialId, token } = await issue()
    const answer = await report(token)
    expect(leakReportedBody.parse(answer.body)).toMatchObject({ keyId: id, credentialId })
    expect(await verify(token)).toMatchObject({ valid: false, reason: 'KeyLeaked' })
    expect(await read(id)).toMatchObject({ state: 'disabled', stateReason: 'KeyLeaked' })
    for (const verb of ['enable', 'rotate']) {
      const tried = await service.send('POST', `/apikeys/${id}/${verb}`, { body: {} })
      expect(tried).toMatchObject({ status: 409, body: { code: 'KeyLeaked' } })
    }
    expect(await verify(token)).toMatchObject({ valid: false })
  })

  test('only the credential that was published dies: the other one of its key goes on', async () => {
    const old = await issue()
    const fresh = await rotate(old.id, { gracePeriodSeconds: 600 })
    await report(old.token)
    expect(await verify(old.token)).toMatchObject({ valid: false, reason: 'KeyLeaked' })
    expect(await verify(fresh.credential.token)).toMatchObject({ valid: true })
    expect(await read(old.id)).toMatchObject({
      state: 'active',
      credentials: [{ id: fresh.credential.id, role: 'current' }],
    })
  })

  test('when the new one was published, the previous one still ends with its grace period', async () => {
    const old = await issue()
    const fresh = await rotate(old.id, { gracePeriodSeconds: 600 })
    await report(fresh.credential.token ?? '')
    const leaked = { valid: false, reason: 'KeyLeaked' }
    expect(await verify(fresh.credential.token)).toMatchObject(leaked)
    expect(await verify(old.token)).toMatchObject({ valid: true })
    service.pass(601)
    expect(await verify(old.token)).toMatchObject({ valid: false })
  })

  test('a previous one whose grace period is over does not count: without another, the key is disabled', async () => {
    const old = await issue()
    const fresh = await rotate(old.id, { gracePeriodSeconds: 600 })
    service.pass(601)
    await report(fresh.credential.token ?? '')
    expect(await read(old.id)).toMatchObject({ state: 'disabled', stateReason: 'KeyLeaked' })
  })

  test('a key that died before its token was published stays as it is', async () => {
    const { id, token } = await issue({ pending: true })
    service.pass(86_400)
    await report(token)
    expect(await read(id)).toMatchObject({ state: 'expired' })
  })

  test('a key id alone disables nothing, and neither does a part of the token', async () => {
    const { id, token } = await issue()
    for (const part of [id, token.slice(0, -1), token.slice(3)]) {
      expect((await report(part)).body).toEqual({ accepted: true })
    }
    expect(await verify(token)).toMatchObject({ valid: true })
  })

  test('of a pair the secret is the proof, and the key id is none', async () => {
    const answer = await pairs.send('POST', '/apikeys', {
      headers: adminPair(),
      token: null,
      body: { displayName: 'pair' },
    })
    const { key, credential } = issuedKeyBody.parse(answer.body)
    const state = async () => {
      const sent = { headers: adminPair(), token: null }
      return keyRecord.parse((await pairs.send('GET', `/apikeys/${key.id}`, sent)).body).state
    }
    const leak = (token: string) =>
      pairs.send('POST', '/leaks', { headers: adminPair(), token: null, body: { token } })
    await leak(key.id)
    expect(await state()).toBe('active')
    await leak(credential.apiSecret ?? '')
    expect(await state()).toBe('disabled')
    expect(credential.apiSecret).toMatch(/^lks_/)
  })

  test('who reports a key of another account disables it and learns nothing of it', async () => {
    await service.send('POST', '/accounts', { body: { id: 'other', displayName: 'Other' } })
    const reporter = await issue({}, { headers: { 'x-account-id': 'other' } })
    const { token } = await issue()
    const answer = await report(token, { token: reporter.token })
    expect(answer).toMatchObject({ status: 200, body: { accepted: true } })
    expect(answer.body).toEqual((await report('lk_unknown', { token: reporter.token })).body)
    expect(await verify(token)).toMatchObject({ valid: false })
  })

  test('the audit trail says where it was found, and holds the token in no field', async () => {
    const { id, token } = await issue()
    const url = `https://example.com/commit?q=${token}`
    await service.send('POST', '/leaks', { body: { token, source: 'paste', url } })
    const { body } = await service.send('GET', `/audit?subject=${id}&action=Leaked`)
    const { items } = auditListBody.parse(body)
    expect(items).toMatchObject([{ detail: { source: 'paste' } }])
    expect(JSON.stringify(items) + service.logged()).not.toContain(token)
  })

  test('D8: a scanner that signs its report is told which matches are ours, and those are dead', async () => {
    const { id, token } = await issue()
    const { status, body } = await scan([
      { token, type: 'latchkey_key', url: 'https://example.com/a', source: 'commit', more: 1 },
      { token: 'lk_somebody_elses', type: 'latchkey_key', url: '', source: 'content' },
    ])
    expect(status).toBe(200)
    expect(partnerFeedbackBody.parse(body).map(({ label }) => label)).toEqual([
      'true_positive',
      'false_positive',
    ])
    expect(await read(id)).toMatchObject({ state: 'disabled', stateReason: 'KeyLeaked' })
  })

  test('a report that is sent again changes nothing', async () => {
    const { id, token } = await issue()
    const matches = [{ token, type: 'latchkey_key' }]
    const first = await scan(matches)
    const { version } = await read(id)
    expect(await scan(matches)).toEqual(first)
    expect((await read(id)).version).toBe(version)
  })
})

describe('400', () => {
  test('a signed report of another shape is told what is wrong', async () => {
    const answer = await scan({ token: 'not a list' })
    expect(answer).toMatchObject({ status: 400, body: { code: 'Invalid' } })
  })
})

describe('401', () => {
  test('a report that no known scanner signed, or that was altered on the way, disables nothing', async () => {
    const { token } = await issue()
    const matches = [{ token, type: 'latchkey_key' }]
    const forgeries = [
      await scan(matches, { key: stranger.privateKey }),
      await scan(matches, { identifier: 'scan-2' }),
      await scan(matches, { alter: (text) => `${text} ` }),
    ]
    const response = await fetch(`${service.url}/leaks/github`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(matches),
    })
    expect(forgeries.map(({ status }) => status)).toEqual([401, 401, 401])
    expect(response.status).toBe(401)
    expect(await verify(token)).toMatchObject({ valid: true })
  })

  test('a plain report needs a credential', async () => {
    expect((await report('lk_x', { token: null })).status).toBe(401)
  })
})

describe('404', () => {
  test('without a configured scanner there is no such route', async () => {
    const answer = await pairs.send('POST', '/leaks/github', { token: null, body: [] })
    expect(answer.status).toBe(404)
  })
})

test('a configuration with a key that scanners do not sign with is refused by name', async () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey
  const wrong = rsa.export({ type: 'spki', format: 'pem' }) as string
  const start = startTestService({ leaks: { partnerKeys: [{ identifier: 'x', pem: wrong }] } })
  await expect(start).rejects.toThrow('leaks.partnerKeys[0]')
})

/** The administrator of a service of pairs has a pair himself. */
function adminPair(): Record<string, string> {
  const [apiKey = '', apiSecret = ''] = pairs.adminToken.split('\n')
  return { 'x-api-key': apiKey, 'x-api-secret': apiSecret }
}
