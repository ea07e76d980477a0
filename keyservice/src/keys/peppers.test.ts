import { randomBytes } from 'node:crypto'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { crc32 } from 'node:zlib'
import { generateToken, issuedKeyBody } from '@latchkey/core'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { find } from '../auth/find.ts'
import type { KeyServiceConfigInput } from '../config.ts'
import type { Service } from '../service.ts'
import { batchLookups } from '../store/batch-lookups.ts'
import type { Store, Tables } from '../store/port.ts'
import { startTestService, type TestService } from '../test-service.ts'
import { readPeppers, requirePeppers } from './peppers.ts'
import { hashToken, tokenHashes } from './token-hash.ts'

let dataFolder: string
let service: TestService
let stop: (() => Promise<void>) | undefined
beforeEach(async () => {
  dataFolder = await mkdtemp(join(tmpdir(), 'latchkey-peppers-'))
  for (const version of [1, 2]) {
    await writeFile(join(dataFolder, `pepper-${version}`), `${version}`.repeat(40))
  }
})
afterEach(async () => {
  await end()
  await rm(dataFolder, { recursive: true })
})

async function end(): Promise<void> {
  await stop?.()
  stop = undefined
}

/** Starts the service on the same store with these peppers, after the one before has stopped. */
async function start(versions: readonly number[], more: KeyServiceConfigInput = {}) {
  await end()
  const peppers = versions.map((version) => ({
    version,
    file: join(dataFolder, `pepper-${version}`),
  }))
  service = await startTestService({ dataFolder, peppers, ...more })
  stop = service.stop
}

async function issue(body: object = {}) {
  const answer = await service.send('POST', '/apikeys', { body: { displayName: 'k', ...body } })
  const { key, credential } = issuedKeyBody.parse(answer.body)
  return { id: key.id, token: credential.token ?? '' }
}

const verdict = async (token: string) =>
  (await service.send('POST', '/verify', { body: { token } })).body

/** What the store has of a key. */
function kept(keyId: string): { readonly hash: string; readonly pepper: number } {
  const database = new DatabaseSync(join(dataFolder, 'keys.sqlite'), { readOnly: true })
  const row = database.prepare('select hash, pepper from credentials where key_id = ?').get(keyId)
  database.close()
  return { hash: String(row?.hash), pepper: Number(row?.pepper) }
}

test('D3: a token is kept as a hash that needs the pepper, and plainly where there is none', async () => {
  await start([])
  const plain = await issue()
  expect(kept(plain.id)).toEqual({ hash: hashToken(plain.token), pepper: 0 })
  await start([1])
  const keyed = await issue()
  expect(kept(keyed.id).pepper).toBe(1)
  expect(kept(keyed.id).hash).not.toBe(hashToken(keyed.token))
})

test('a use brings a token to the newest pepper; what nobody used works all the same', async () => {
  await start([])
  const [used, unused] = [await issue(), await issue()]
  await start([1])
  expect(await verdict(used.token)).toMatchObject({ valid: true })
  await start([1, 2])
  expect([kept(used.id).pepper, kept(unused.id).pepper]).toEqual([1, 0])
  expect(await verdict(used.token)).toMatchObject({ valid: true })
  await start([2, 1])
  expect([kept(used.id).pepper, kept(unused.id).pepper]).toEqual([2, 0])
  for (const { token } of [used, unused])
    expect(await verdict(token)).toMatchObject({ valid: true })
})

test('a pepper that is known but not yet in use makes no hashes', async () => {
  await start([1, 2], { usePepper: 1 })
  const { id } = await issue()
  expect(kept(id).pepper).toBe(1)
})

test('the start refuses to drop a pepper that live tokens need, and says how many', async () => {
  await start([1])
  await issue()
  await issue()
  await expect(start([2])).rejects.toThrow('pepper 1 is missing: 3 live tokens need it')
  await expect(start([], { givenUpPeppers: [1] })).rejects.toThrow('3 live tokens')
})

test('a pepper that ended tokens alone need is dropped only when that is said', async () => {
  await start([1])
  const { id } = await issue()
  await service.send('DELETE', `/apikeys/${id}`)
  await start([1, 2])
  // The administrator's token moves on by this use.
  expect((await service.send('GET', '/whoami')).status).toBe(200)
  await expect(start([2])).rejects.toThrow('1 ended tokens could be registered again')
  await start([2], { givenUpPeppers: [1] })
  expect((await service.send('GET', '/whoami')).status).toBe(200)
})

test('a start that has every pepper reads no token', async () => {
  const asked: string[] = []
  const peppers: Tables['peppers'] = {
    remember: async () => true,
    versions: async () => [1, 2],
    need: async (version) => {
      asked.push(`need ${version}`)
      return 'Ended'
    },
    count: async () => expect.unreachable('it counts'),
  }
  const store: Pick<Store, 'write'> = { write: (work) => work({ peppers } as Tables) }
  const pepper = (version: number) => ({ version, secret: `${version}`.repeat(40) })
  await requirePeppers(store, [pepper(1), pepper(2)], [])
  expect(asked).toEqual([])
  await requirePeppers(store, [pepper(2)], [1])
  expect(asked).toEqual(['need 1'])
})

test('the start refuses a pepper whose secret is not the one of before', async () => {
  await start([1])
  await writeFile(join(dataFolder, 'pepper-1'), 'x'.repeat(40))
  await expect(start([1])).rejects.toThrow('pepper 1 is not the one that it was before')
})

test('every pepper that cannot be read is told at once, and none is told in clear', async () => {
  const peppers = [
    { version: 1, file: join(dataFolder, 'none') },
    { version: 2, variable: 'SHORT' },
    { version: 3, variable: 'LONG' },
  ]
  const environment = { SHORT: 'secret-but-short', LONG: 'y'.repeat(32) }
  const reading = readPeppers({ peppers }, environment)
  await expect(reading).rejects.toThrow(
    /pepper 1: .*none must have .*\n.*pepper 2: the variable SHORT/,
  )
  await expect(reading).rejects.not.toThrow('secret-but-short')
  expect(await readPeppers({ peppers: peppers.slice(2) }, environment)).toEqual([
    { version: 3, secret: 'y'.repeat(32) },
  ])
})

test('a chosen token stays known under a newer pepper: repeated by its owner, refused otherwise', async () => {
  const token = generateToken({ prefix: 'lk_' }, { randomBytes, crc32 })
  await start([1])
  const first = await issue({ token })
  await start([1, 2])
  expect((await issue({ token })).id).toBe(first.id)
  await service.send('DELETE', `/apikeys/${first.id}`)
  await start([1, 2])
  const again = await service.send('POST', '/apikeys', { body: { displayName: 'k', token } })
  expect(again).toMatchObject({ status: 409, body: { code: 'AlreadyExists' } })
})

test('D8: a token that is kept under an older pepper is known when it is reported as published', async () => {
  await start([1])
  const { token } = await issue()
  await start([1, 2])
  expect((await service.send('POST', '/leaks', { body: { token } })).status).toBeLessThan(300)
  expect(await verdict(token)).toMatchObject({ valid: false, reason: 'KeyLeaked' })
})

test('however many peppers there are, a token is found with one query', async () => {
  const queries: (readonly string[])[] = []
  const lookup = batchLookups({
    concurrency: 1,
    query: async (hashes) => {
      queries.push(hashes)
      return hashes.map(() => undefined)
    },
  })
  const secrets = [1, 2, 3].map((version) => ({ version, secret: `${version}` }))
  const hashes = tokenHashes(secrets)
  const some = { store: { lookup }, hashes } as unknown as Service
  await find(some, { kind: 'token', token: 'lk_x' })
  expect(queries).toEqual([hashes.all('lk_x')])
  expect(new Set(hashes.all('lk_x')).size).toBe(4)
})
