import { auditEntry, auditListBody, issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Sent, startTestService, type TestService } from '../../test-service.ts'

let service: TestService
beforeAll(async () => {
  service = await startTestService()
  for (const id of ['a', 'b']) {
    await service.send('POST', '/accounts', { body: { id, displayName: id } })
  }
})
afterAll(() => service.stop())

const of = (id: string): Sent => ({ headers: { 'x-account-id': id } })
const issue = async (sent: Sent, body: object = {}) =>
  issuedKeyBody.parse(
    (await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body }, ...sent })).body,
  )
const audit = async (query: string, sent: Sent) =>
  auditListBody.parse((await service.send('GET', `/audit?${query}`, sent)).body)
const lines = async (query: string, account: string) => {
  const response = await fetch(`${service.url}/audit/export?${query}`, {
    headers: { authorization: `Bearer ${service.adminToken}`, 'x-account-id': account },
  })
  const text = await response.text()
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => auditEntry.parse(JSON.parse(line)))
}

describe('200', () => {
  test('every change is told with who did it, and a refused one is not', async () => {
    const { items: before } = await audit('', of('a'))
    const { key, credential } = await issue(of('a'))
    await service.send('PATCH', `/apikeys/${key.id}`, { body: { displayName: 'new' }, ...of('a') })
    await service.send('POST', `/apikeys/${key.id}/rotate`, { body: {}, ...of('a') })
    await service.send('DELETE', `/apikeys/${key.id}`, of('a'))
    await service.send('PATCH', `/apikeys/${key.id}`, { body: { displayName: 'late' }, ...of('a') })
    const { items } = await audit(`subject=${key.id}&order=oldest`, of('a'))
    expect(items.map(({ action, subject }) => [action, subject.version])).toEqual([
      ['Issued', 1],
      ['Updated', 2],
      ['Rotated', 3],
      ['Revoked', 4],
    ])
    expect(new Set(items.map(({ actor }) => actor)).size).toBe(1)
    expect(items[1]?.detail).toEqual({ displayName: 'new' })
    expect(JSON.stringify(items)).not.toContain(credential.token)
    expect((await audit('', of('a'))).items).toHaveLength(before.length + 4)
  })

  test('the actor is the credential that did it', async () => {
    const maker = await issue(of('a'), { scopes: ['writeApiKeys'] })
    const { key } = await issue({ token: maker.credential.token ?? '' })
    const { items } = await audit(`actor=${maker.key.id}`, of('a'))
    expect(items).toMatchObject([{ action: 'Issued', subject: { id: key.id } }])
  })

  test('the trail of one account says nothing of another', async () => {
    const { key } = await issue(of('b'))
    const reader = await issue(of('a'), { scopes: ['readAudit'] })
    const seen = await audit('limit=500', { token: reader.credential.token ?? '' })
    expect(new Set(seen.items.map(({ account }) => account))).toEqual(new Set(['a']))
    expect((await audit(`subject=${key.id}`, of('a'))).items).toEqual([])
  })

  test('pages in either order are the whole trail once', async () => {
    for (let index = 0; index < 5; index++) await issue(of('a'))
    for (const order of ['newest', 'oldest']) {
      const whole = (await audit(`order=${order}&limit=500`, of('a'))).items
      const paged = []
      let next: string | undefined
      do {
        const cursor = next === undefined ? '' : `&cursor=${next}`
        const page = await audit(`order=${order}&limit=2${cursor}`, of('a'))
        paged.push(...page.items)
        next = page.nextCursor
      } while (next !== undefined)
      expect(paged).toEqual(whole)
    }
  })

  test('an export is the whole trail, and goes on after the last number', async () => {
    const first = await lines('', 'a')
    const { key } = await issue(of('a'))
    const whole = (await audit('order=oldest&limit=500', of('a'))).items
    expect(await lines('', 'a')).toEqual(whole)
    expect(await lines(`after=${first.at(-1)?.number}`, 'a')).toMatchObject([
      { action: 'Issued', subject: { id: key.id } },
    ])
    expect(await lines('action=Revoked', 'a')).toEqual(
      whole.filter(({ action }) => action === 'Revoked'),
    )
  })
})

describe('400', () => {
  test('a cursor of another list, and a time that is none, are told by name', async () => {
    for (const [name, value] of [
      ['cursor', 'nonsense'],
      ['from', 'yesterday'],
    ]) {
      const answer = await service.send('GET', `/audit?${name}=${value}`)
      expect(answer).toMatchObject({ status: 400, body: { errors: [{ path: name }] } })
    }
  })
})

describe('403', () => {
  test('the trail needs a right of its own', async () => {
    const { credential } = await issue(of('a'), { scopes: ['readApiKeys', 'writeApiKeys'] })
    for (const path of ['/audit', '/audit/export']) {
      const answer = await service.send('GET', path, { token: credential.token ?? '' })
      expect(answer).toMatchObject({ status: 403, body: { code: 'Forbidden' } })
    }
  })
})
