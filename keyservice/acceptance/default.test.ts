import { issuedKeyBody, settingsBody } from '@latchkey/core'
import { expect, test } from 'vitest'
import { readConfig } from '../src/config.ts'
import { must, refusal, startProduct } from './product.ts'

test('the default preset has everything that any of the five does', async () => {
  const service = await startProduct('default')
  try {
    const settings = settingsBody.parse((await service.call({}, 'GET', '/settings')).body)
    // A ServiceAccount is nobody's product's: it needs an issuer to trust, so it is on as soon as one is named.
    const { serviceAccount, ...ways } = settings.authentication
    expect(serviceAccount).toBe(false)
    expect(Object.values(ways).every(Boolean)).toBe(true)
    expect(settings.keys).toEqual({
      spaceRequired: false,
      unlistedScopes: true,
      mutable: ['displayName', 'description', 'scopes', 'expiration'],
      rotation: 'Overlapping',
    })
    const account = await service.newAccount()
    const { key, credential } = await service.issue(account, { scopes: ['anything:read'] })
    const overlap = { gracePeriodSeconds: 60 }
    const rotated = await service.call(account, 'POST', `/apikeys/${key.id}/rotate`, overlap)
    const next = issuedKeyBody.parse(must(rotated, 200).body).credential
    expect([await service.use(credential), await service.use(next)]).toEqual([200, 200])
    must(await service.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
    expect((await service.get(account, key.id)).state).toBe('revoked')
  } finally {
    await service.service.stop()
  }
})

test('a configuration counts more than its preset, and lists count as a whole', async () => {
  const strict = await startProduct('sippulse', {
    statuses: { QuotaExceeded: 402 },
    plans: [
      { id: 'standard', displayName: 'Standard', keyLimit: 1 },
      { id: 'large', displayName: 'Large', keyLimit: 5 },
    ],
  })
  try {
    const account = await strict.newAccount()
    await strict.issue(account)
    const second = await strict.call(account, 'POST', '/apikeys', { displayName: 'x' })
    expect(refusal(second)).toMatchObject({ status: 402, upgrade: { plans: ['large'] } })
    const settings = settingsBody.parse((await strict.call({}, 'GET', '/settings')).body)
    expect(settings.labels.create).toBe('Generate API Key')
  } finally {
    await strict.service.stop()
  }
})

test('the environment chooses the preset, and an unknown one is told with all there are', async () => {
  expect(await readConfig({ LATCHKEY_PRESET: 'pulse' })).toMatchObject({ token: { kind: 'pair' } })
  await expect(readConfig({ LATCHKEY_PRESET: 'pulsar' })).rejects.toThrow(/preset: .*pulze/)
})

test('revoked keys are shown as long as they are kept', async () => {
  const service = await startProduct('default', { keys: { revokedRetentionSeconds: 3600 } })
  try {
    const account = await service.newAccount()
    const { key, credential } = await service.issue(account)
    must(await service.call(account, 'DELETE', `/apikeys/${key.id}`), 204)
    service.service.pass(3599)
    expect((await service.get(account, key.id)).state).toBe('revoked')
    service.service.pass(1)
    expect((await service.call(account, 'GET', `/apikeys/${key.id}`)).status).toBe(404)
    expect((await service.list(account)).total).toBe(0)
    expect(await service.use(credential)).toBe(401)
  } finally {
    await service.service.stop()
  }
})

test('a public setting is one that was meant to be', async () => {
  const service = await startProduct('default')
  try {
    const answer = await service.call({}, 'GET', '/settings')
    expect(answer.body).toEqual(settingsBody.strict().parse(answer.body))
  } finally {
    await service.service.stop()
  }
})
