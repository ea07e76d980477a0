import { once } from 'node:events'
import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { reservePort } from './port.ts'

let path: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  path = join(temporary.path, 'port')
  return temporary.remove
})

test('a port is kept from one start to the next', async () => {
  const first = await reservePort(path)

  expect(await reservePort(path)).toBe(first)
})

test('a port that somebody else has taken is given up', async () => {
  const first = await reservePort(path)
  const other = createServer().listen(first, '127.0.0.1')
  await once(other, 'listening')

  const second = await reservePort(path)

  expect(second).not.toBe(first)
  other.close()
})

test('no outgoing connection can take the port while the server restarts', async () => {
  const port = await reservePort(path)

  expect(port).toBeGreaterThanOrEqual(20_000)
  expect(port).toBeLessThan(32_000)
})

test('a file that holds no port is replaced', async () => {
  await writeFile(path, 'nonsense')

  expect(await reservePort(path)).toBeGreaterThan(0)
})
