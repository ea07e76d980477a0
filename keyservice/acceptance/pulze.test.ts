import { revokedOwnedBody, settingsBody, usageBody, userListBody } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { guideOf } from './guide.ts'
import { must, type Product, refusal, startProduct, type Who } from './product.ts'

let pulze: Product
let org: Who & { readonly account: string }

beforeAll(async () => {
  pulze = await startProduct('pulze', { usesFlushSeconds: 0.02 })
  org = await pulze.newAccount({ plan: 'x-suite' })
  for (const id of ['research', 'support']) {
    must(await pulze.call(org, 'POST', '/spaces', { id, displayName: id, logo: logoOf(id) }), 201)
  }
  for (const id of ['ada', 'bert']) {
    const avatar = `https://example.com/${id}.png`
    must(await pulze.call(org, 'POST', '/users', { id, displayName: id, avatar }), 201)
  }
})
afterAll(() => pulze.service.stop())

const logoOf = (id: string) => `https://example.com/${id}.svg`
const issue = (body: object = {}, who: Who = org) =>
  pulze.issue(who, { space: 'research', ...body })
const refused = async (who: Who, body: object) =>
  refusal(await pulze.call(who, 'POST', '/apikeys', { displayName: 'Refused', ...body }))
const manager = async (scopes: string[], space = 'research') =>
  (await issue({ scopes, space, displayName: 'Manager' })).credential

test('P1 a key gives an application access without a person logging in', async () => {
  const { credential, key } = await issue()
  expect(await pulze.verify(credential)).toMatchObject({ valid: true, keyId: key.id })
})

test('P2 every key belongs to one space, and none is issued without', async () => {
  const { key, credential } = await issue({ space: 'support' })
  expect(key.space).toBe('support')
  expect(await pulze.verify(credential)).toMatchObject({ space: 'support' })
  expect(await refused(org, {})).toMatchObject({ status: 400, errors: [{ path: 'space' }] })
  expect(await refused(org, { space: 'nowhere' })).toMatchObject({ code: 'SpaceNotFound' })
})

test('P2 a key sees and makes keys of its own space alone', async () => {
  const who = await manager(['readApiKeys', 'writeApiKeys'])
  const other = await issue({ space: 'support' })
  const seen = await pulze.list(who)
  expect(new Set(seen.items.map(({ space }) => space))).toEqual(new Set(['research']))
  expect((await pulze.call(who, 'GET', `/apikeys/${other.key.id}`)).status).toBe(404)
  expect(await refused(who, { space: 'support' })).toMatchObject({ code: 'SpaceNotFound' })
})

test('P4 accounts of the plans Free and One have no keys', async () => {
  for (const plan of ['free', 'one']) {
    const lower = await pulze.newAccount({ plan })
    must(
      await pulze.call(lower, 'POST', '/spaces', { id: `in-${plan}`, displayName: 'Space' }),
      201,
    )
    expect(await refused(lower, { space: `in-${plan}` })).toMatchObject({
      status: 402,
      code: 'PlanRequired',
    })
  }
})

test('P5 P6 a refusal for the plan carries the prompt, its button and the plan that helps', async () => {
  const lower = await pulze.newAccount({ plan: 'free' })
  expect((await refused(lower, { space: 'any' })).upgrade).toEqual({
    text: 'API keys are exclusive to Pulze X Suite.',
    button: 'Upgrade to Pulze X Suite',
    plans: ['x-suite'],
  })
})

test('P7 the plan has no limit of keys', async () => {
  const many = await pulze.newAccount()
  must(await pulze.call(many, 'POST', '/spaces', { id: 'many', displayName: 'Many' }), 201)
  await Promise.all(Array.from({ length: 60 }, () => issue({ space: 'many' }, many)))
  expect((await pulze.list(many, '?limit=1')).total).toBe(60)
  const who = await pulze.call(many, 'GET', '/whoami')
  expect(who.body).toMatchObject({ plan: { name: 'x-suite', keysUsed: 60 } })
  expect(who.body).not.toHaveProperty('plan.keyLimit')
})

test('P8 the plan has rate limits of its own, for a key and for the account', async () => {
  const { credential } = await issue()
  const { headers } = await pulze.call(credential, 'GET', '/whoami')
  expect(headers.get('x-ratelimit-limit')).toBe('600')
  expect(headers.get('x-ratelimit-remaining')).toBe('599')
  const settings = settingsBody.parse((await pulze.call({}, 'GET', '/settings')).body)
  expect(settings.plans.find(({ id }) => id === 'x-suite')?.rateLimits).toMatchObject({
    perKey: { requests: 600 },
    perAccount: { requests: 6000 },
  })
})

test('P9 a key tells its name, preview, space, owner and the instant of its creation', async () => {
  const { key, credential } = await issue({
    owner: 'ada',
    displayName: 'Analytics Dashboard - Dev',
  })
  const found = await pulze.get(org, key.id)
  expect(found).toMatchObject({
    displayName: 'Analytics Dashboard - Dev',
    space: 'research',
    owner: 'ada',
    createdTime: '2026-01-01T00:00:00.000Z',
  })
  expect(found.credentials[0]?.preview).toBe(`pk_...${credential.token?.slice(-4)}`)
  const spaces = await pulze.call(org, 'GET', '/spaces')
  const users = userListBody.parse((await pulze.call(org, 'GET', '/users')).body)
  expect(spaces.body).toMatchObject({ items: [{ id: 'research', logo: logoOf('research') }, {}] })
  expect(users.items.find(({ id }) => id === 'ada')?.avatar).toBe('https://example.com/ada.png')
  const settings = settingsBody.parse((await pulze.call({}, 'GET', '/settings')).body)
  expect(settings.labels.columns).toEqual([
    'displayName',
    'preview',
    'space',
    'owner',
    'createdTime',
  ])
})

test('P10 P14 P15 the words of the console are in the settings', async () => {
  const settings = settingsBody.parse((await pulze.call({}, 'GET', '/settings')).body)
  expect(settings.labels).toMatchObject({
    product: 'Pulze',
    create: 'New API Key',
    remove: 'Remove',
  })
  expect(settings.keys).toMatchObject({ spaceRequired: true, mutable: [], rotation: 'None' })
})

test('P11 the full key is in the answer of its issue, and nowhere later', async () => {
  const { key, credential } = await issue()
  const token = credential.token ?? ''
  expect(token).toMatch(/^pk_[0-9A-Za-z]{42}$/)
  const later = await Promise.all(
    [`/apikeys/${key.id}`, '/apikeys', '/whoami'].map((path) => pulze.call(org, 'GET', path)),
  )
  expect(JSON.stringify(later.map(({ body }) => body))).not.toContain(token)
  expect(pulze.service.logged()).not.toContain(token)
})

test('P12 P23 the guide says how to name keys, and which to take apart', async () => {
  const guide = await guideOf(pulze)
  for (const words of [
    'purpose, environment and application',
    '"Mobile App - Production", "Analytics Dashboard - Dev", "CI/CD Pipeline"',
    'local development, staging and testing, production; web, mobile, backend, CI/CD, analytics',
    'each project, each team, each member or service',
    'when somebody leaves, his keys are revoked',
  ]) {
    expect(guide).toContain(words)
  }
})

test('P13 the details of a key say what it was used for, and up to when that is known', async () => {
  const { key, credential } = await issue({ scopes: ['readApiKeys', 'writeApiKeys'] })
  await pulze.verify(credential, ['readApiKeys'])
  await pulze.verify(credential, ['readApiKeys'])
  await pulze.call(credential, 'GET', '/apikeys')
  const usage = async () =>
    usageBody.parse((await pulze.call(org, 'GET', `/apikeys/${key.id}/usage`)).body)
  await expect.poll(async () => (await usage()).scopes[0]?.uses).toBe(3)
  expect(await usage()).toEqual({
    keyId: key.id,
    lastUsedTime: '2026-01-01T00:00:00.000Z',
    usesCompleteTime: '2026-01-01T00:00:00.000Z',
    scopes: [
      { name: 'readApiKeys', granted: true, uses: 3, lastUsedTime: '2026-01-01T00:00:00.000Z' },
      { name: 'writeApiKeys', granted: true, uses: 0 },
    ],
  })
  expect((await pulze.call({}, 'GET', `/apikeys/${key.id}/usage`)).status).toBe(401)
})

test('P14 a copied key is the masked one: what a record carries does not work', async () => {
  const { key } = await issue()
  const preview = (await pulze.get(org, key.id)).credentials[0]?.preview ?? ''
  expect(preview).toContain('...')
  expect(await pulze.verify({ token: preview })).toMatchObject({ valid: false })
})

test('P15 a removed key is dead at once, and the repetition is safe', async () => {
  const { key, credential } = await issue()
  must(await pulze.call(org, 'DELETE', `/apikeys/${key.id}`), 204)
  must(await pulze.call(org, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulze.use(credential)).toBe(401)
})

test('P16 the creator is the owner, and naming another needs a right', async () => {
  const creator = await issue({ owner: 'ada', scopes: ['writeApiKeys'] })
  const made = await issue({}, creator.credential)
  expect(made.key.owner).toBe('ada')
  expect(await refused(creator.credential, { owner: 'bert' })).toMatchObject({ code: 'Forbidden' })
})

test('P17 the guide says how to store, rotate, separate and watch keys', async () => {
  const guide = await guideOf(pulze)
  for (const words of [
    'environment variables, a secrets manager',
    'Never in version control',
    'create a new key, update the applications that use the old one, then remove the old one',
    'separate keys for each application and environment',
    'review active keys regularly, remove unused ones',
  ]) {
    expect(guide).toContain(words)
  }
  const { key } = await issue()
  const rotated = await pulze.call(org, 'POST', `/apikeys/${key.id}/rotate`, {})
  expect(refusal(rotated)).toMatchObject({ status: 405, code: 'MethodNotAllowed' })
})

test('P18 keys are found by any part of their name, in any case', async () => {
  const { key } = await issue({ displayName: 'Billing 100% - Staging' })
  const found = await pulze.list(org, '?search=bILLing%20100%25')
  expect(found.items.map(({ id }) => id)).toEqual([key.id])
  expect((await pulze.list(org, '?search=100_')).total).toBe(0)
})

test('P19 an account without keys lists none, which is no error', async () => {
  expect(await pulze.list(await pulze.newAccount())).toEqual({ items: [], total: 0 })
})

test('P20 the key is sent as a Bearer token, and in no other way', async () => {
  const { credential } = await issue()
  const token = credential.token ?? ''
  const sent = (headers: Record<string, string>) =>
    pulze.service.send('GET', '/whoami', { token: null, headers })
  expect((await sent({ authorization: `Bearer ${token}` })).status).toBe(200)
  expect((await sent({ authorization: token })).status).toBe(401)
  expect((await sent({ 'x-api-key': token, 'x-api-secret': token })).status).toBe(401)
  expect(await guideOf(pulze)).toContain(
    'curl https://api.pulze.ai/v1/chat/completions \\ -H "Authorization: Bearer $API_KEY"',
  )
})

test('P21 the prefix of a key tells its environment', async () => {
  expect((await issue()).credential.token).toMatch(/^pk_[0-9A-Za-z]{42}$/)
  const development = await startProduct('pulze', { environment: 'development' })
  try {
    const dev = await development.newAccount()
    must(await development.call(dev, 'POST', '/spaces', { id: 's', displayName: 'S' }), 201)
    const { credential } = await development.issue(dev, { space: 's' })
    expect(credential.token).toMatch(/^pk_dev_[0-9A-Za-z]{42}$/)
  } finally {
    await development.service.stop()
  }
})

test('P22 pages have an adjustable size and the total number of keys', async () => {
  const paged = await pulze.newAccount()
  must(await pulze.call(paged, 'POST', '/spaces', { id: 'paged', displayName: 'Paged' }), 201)
  for (let made = 0; made < 5; made++) await issue({ space: 'paged' }, paged)
  const first = await pulze.list(paged, '?limit=3')
  const rest = await pulze.list(paged, `?limit=3&cursor=${first.nextCursor}`)
  expect([first.items.length, rest.items.length]).toEqual([3, 2])
  expect([first.total, rest.total]).toEqual([5, 5])
  expect(rest.nextCursor).toBeUndefined()
})

test('P24 a key stops working when it is removed', async () => {
  const { key, credential } = await issue()
  must(await pulze.call(org, 'DELETE', `/apikeys/${key.id}`), 204)
  expect(await pulze.verify(credential)).toMatchObject({ valid: false, reason: 'KeyRevoked' })
  expect(await pulze.use(credential)).toBe(401)
})

test('P24 a key stops working when its space no longer exists', async () => {
  must(await pulze.call(org, 'POST', '/spaces', { id: 'passing', displayName: 'Passing' }), 201)
  const { credential } = await issue({ space: 'passing' })
  must(await pulze.call(org, 'DELETE', '/spaces/passing'), 204)
  expect(await pulze.verify(credential)).toMatchObject({ valid: false, reason: 'SpaceNotFound' })
  expect(await pulze.use(credential)).toBe(401)
})

test('P24 a key stops working when the subscription is not active, and works again with it', async () => {
  const lapsing = await pulze.newAccount()
  must(await pulze.call(lapsing, 'POST', '/spaces', { id: 'lapsing', displayName: 'L' }), 201)
  const { credential } = await issue({ space: 'lapsing' }, lapsing)
  const subscription = async (subscriptionActive: boolean) =>
    must(
      await pulze.call(pulze.admin, 'PATCH', `/accounts/${lapsing.account}`, {
        subscriptionActive,
      }),
      200,
    )
  await subscription(false)
  expect(await pulze.verify(credential)).toMatchObject({
    valid: false,
    reason: 'SubscriptionInactive',
  })
  expect(await pulze.use(credential)).toBe(401)
  await subscription(true)
  expect(await pulze.verify(credential)).toMatchObject({ valid: true })
})

test('P24 a key that is sent incorrectly does not work, and the guide names the four checks', async () => {
  const { credential } = await issue()
  const mistyped = `${credential.token?.slice(0, -1)}_`
  expect(await pulze.verify({ token: mistyped })).toEqual({ valid: false, reason: 'NotFound' })
  expect(await pulze.use({ token: mistyped })).toBe(401)
  expect(await guideOf(pulze)).toContain(
    'the key was removed; its space no longer exists; the subscription is not active; the key is sent incorrectly',
  )
})

test('P25 a lost key cannot be retrieved, and is replaced by a new one', async () => {
  const lost = await issue()
  const found = await issue()
  must(await pulze.call(org, 'DELETE', `/apikeys/${lost.key.id}`), 204)
  expect(await pulze.verify(found.credential)).toMatchObject({ valid: true })
  expect(await guideOf(pulze)).toContain(
    'cannot be retrieved or decrypted later. Create a new one, update your applications, then remove the lost one',
  )
})

test('P26 managing keys needs the permission, and the space', async () => {
  const { key } = await issue()
  const reader = await manager(['readApiKeys'])
  const elsewhere = await manager(['readApiKeys', 'writeApiKeys'], 'support')
  expect(await refused(reader, {})).toMatchObject({ status: 403, code: 'Forbidden' })
  expect(refusal(await pulze.call(reader, 'DELETE', `/apikeys/${key.id}`)).status).toBe(403)
  expect(refusal(await pulze.call(elsewhere, 'DELETE', `/apikeys/${key.id}`)).status).toBe(404)
  expect((await pulze.get(org, key.id)).state).toBe('active')
})

test('P27 when a member leaves, his keys are found by owner and revoked in one confirmed step', async () => {
  const team = await pulze.newAccount()
  must(await pulze.call(team, 'POST', '/spaces', { id: 'team', displayName: 'Team' }), 201)
  for (const id of ['cleo', 'dora']) {
    must(await pulze.call(team, 'POST', '/users', { id, displayName: id }), 201)
  }
  const leaving = [
    await issue({ owner: 'cleo', space: 'team' }, team),
    await issue({ owner: 'cleo', space: 'team' }, team),
  ]
  const staying = await issue({ owner: 'dora', space: 'team' }, team)
  expect((await pulze.list(team, '?owner=cleo&state=active')).total).toBe(2)

  const revoke = (confirm: number) =>
    pulze.call(team, 'POST', '/apikeys/revoke', { owner: 'cleo', confirm })
  expect(refusal(await revoke(1))).toMatchObject({ status: 409, errors: [{ path: 'confirm' }] })
  expect(await pulze.use(leaving[0]?.credential ?? {})).toBe(200)

  const { revoked } = revokedOwnedBody.parse(must(await revoke(2), 200).body)
  expect(new Set(revoked)).toEqual(new Set(leaving.map(({ key }) => key.id)))
  for (const { credential } of leaving) expect(await pulze.use(credential)).toBe(401)
  expect(await pulze.use(staying.credential)).toBe(200)
})
