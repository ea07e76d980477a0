import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startTestService, type TestService } from '../test-service.ts'
import { issuerKeys } from './issuer-keys.ts'

const subject = 'system:serviceaccount:latchkey:operator'
const audience = 'keys.example.com'
const nowS = Date.UTC(2026, 0, 1) / 1000

/** A cluster as far as tokens go: it signs them, and tells its keys by discovery. */
async function startIssuer() {
  const first = await generateKeyPair('RS256')
  let keys = [{ ...(await exportJWK(first.publicKey)), kid: 'one', alg: 'RS256' }]
  const asked: string[] = []
  let answers = 200
  const server = createServer((request, response) => {
    asked.push(request.url ?? '')
    const discovery = { issuer, jwks_uri: `${issuer}/keys` }
    const body = request.url === '/keys' ? { keys } : discovery
    response.writeHead(answers, { 'content-type': 'application/json' })
    response.end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const sign = (claims: JWTPayload = {}, kid = 'one', key = first.privateKey) =>
    new SignJWT({ iss: issuer, aud: [audience], sub: subject, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuedAt(claims.iat ?? nowS)
      .setExpirationTime(claims.exp ?? nowS + 3600)
      .sign(key)
  return {
    issuer,
    asked,
    sign,
    answer: (status: number) => {
      answers = status
    },
    addKey: async (kid: string) => {
      const more = await generateKeyPair('RS256')
      keys = [...keys, { ...(await exportJWK(more.publicKey)), kid, alg: 'RS256' }]
      return more.privateKey
    },
    close: () => new Promise((resolve) => server.close(resolve)),
  }
}

let cluster: Awaited<ReturnType<typeof startIssuer>>
let service: TestService

beforeAll(async () => {
  cluster = await startIssuer()
  service = await startTestService({
    trustedIssuers: [
      {
        issuer: cluster.issuer,
        audience,
        subjects: [
          { subject, account: 'default', scopes: ['readApiKeys', 'writeApiKeys', 'x'] },
          { subject: `${subject}-of-nothing`, account: 'missing' },
        ],
      },
    ],
  })
})
afterAll(async () => {
  await service.stop()
  await cluster.close()
})

const whoami = (token: string) => service.send('GET', '/whoami', { token })

describe('a ServiceAccount', () => {
  test('calls with its own token, in the account and with the scopes of the configuration', async () => {
    const token = await cluster.sign()
    expect((await whoami(token)).body).toEqual(
      expect.objectContaining({ account: 'default', scopes: ['readApiKeys', 'writeApiKeys', 'x'] }),
    )
    const issue = (scopes: string[]) =>
      service.send('POST', '/apikeys', { token, body: { displayName: 'k', scopes } })
    expect((await issue(['x'])).status).toBe(201)
    expect((await issue(['y'])).status).toBe(403)
    expect(
      (await service.send('POST', '/spaces', { token, body: { displayName: 's' } })).status,
    ).toBe(403)
  })

  test('its keys were fetched once for many requests', async () => {
    const token = await cluster.sign()
    await Promise.all(Array.from({ length: 10 }, () => whoami(token)))
    expect(cluster.asked).toEqual(['/.well-known/openid-configuration', '/keys'])
  })

  test('is unknown with a token that is made for somebody else, over, not yet good, or not mapped', async () => {
    const foreign = (await generateKeyPair('RS256')).privateKey
    const bad = [
      await cluster.sign({ aud: ['other'] }),
      await cluster.sign({ iss: 'https://elsewhere.example.com' }),
      await cluster.sign({ sub: 'system:serviceaccount:default:default' }),
      await cluster.sign({ sub: `${subject}-of-nothing` }),
      await cluster.sign({ exp: nowS - 60 }),
      await cluster.sign({ nbf: nowS + 60 }),
      await cluster.sign({}, 'one', foreign),
      `${(await cluster.sign()).slice(0, -4)}AAAA`,
    ]
    for (const token of bad) {
      expect(await whoami(token)).toMatchObject({ status: 401, body: { code: 'Unauthorized' } })
    }
  })

  test('a small difference between clocks does no harm', async () => {
    expect((await whoami(await cluster.sign({ exp: nowS - 20 }))).status).toBe(200)
    expect((await whoami(await cluster.sign({ nbf: nowS + 20 }))).status).toBe(200)
  })

  test('a token that is signed with what everybody knows is none, and neither is an unsigned one', async () => {
    const claims = { iss: cluster.issuer, aud: audience, sub: subject, iat: nowS, exp: nowS + 60 }
    const shared = new SignJWT(claims).setProtectedHeader({ alg: 'HS256', kid: 'one' })
    const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
    const unsigned = `${encode({ alg: 'none' })}.${encode(claims)}.AAAA`
    for (const token of [await shared.sign(new TextEncoder().encode('one')), unsigned]) {
      expect((await whoami(token)).status).toBe(401)
    }
  })

  test('unknown keys do not make us ask the issuer again and again', async () => {
    const before = cluster.asked.length
    for (let request = 0; request < 10; request++) {
      expect((await whoami(await cluster.sign({}, `unknown-${request}`))).status).toBe(401)
    }
    expect(cluster.asked.length - before).toBeLessThanOrEqual(1)
  })

  test('a token of a ServiceAccount is not taken for a session, nor verified as a key', async () => {
    const token = await cluster.sign()
    const body = { token }
    expect((await service.send('POST', '/auth/login', { token: null, body })).status).not.toBe(200)
    const asked = await service.send('POST', '/verify', { body: { token: token.slice(0, 500) } })
    expect(asked.body).toEqual({ valid: false, reason: 'NotFound' })
  })
})

test('a key that the issuer took into use is found, once the cooldown is over', async () => {
  const other = await startIssuer()
  const keys = issuerKeys({ issuer: other.issuer }, { keptMs: 600_000, cooldownMs: 0 })
  const header = (kid: string) => ({ alg: 'RS256', kid })
  const token = { payload: '', signature: '' }
  await keys(header('one'), token)
  await other.addKey('two')
  await expect(keys(header('two'), token)).resolves.toBeDefined()
  await other.close()
})

test('an issuer that does not answer gives 401, is told to the log, and is left alone for a while', async () => {
  const other = await startIssuer()
  other.answer(503)
  const subjects = [{ subject, account: 'default' }]
  const alone = await startTestService({
    trustedIssuers: [{ issuer: other.issuer, audience, subjects }],
  })
  const token = await other.sign()
  for (let request = 0; request < 5; request++) {
    expect((await alone.send('GET', '/whoami', { token })).status).toBe(401)
  }
  expect(other.asked).toHaveLength(1)
  expect(alone.logged()).toContain('The keys of an issuer could not be read')
  expect(alone.logged()).not.toContain(token)
  await alone.stop()
  await other.close()
})

test('where it is switched off no ServiceAccount is known', async () => {
  const subjects = [{ subject, account: 'default' }]
  const off = await startTestService({
    authentication: { serviceAccount: false },
    trustedIssuers: [{ issuer: cluster.issuer, audience, subjects }],
  })
  expect((await off.send('GET', '/whoami', { token: await cluster.sign() })).status).toBe(401)
  await off.stop()
})
