import { expect, test } from 'vitest'
import { cacheFolder, cacheName } from './cache-folder.ts'

test('the cache lies where the user wants it', () => {
  const env = { HOME: '/home/ada', XDG_CACHE_HOME: '/big' }

  expect(cacheFolder(env, 'linux')).toBe('/big/latchkey/controlplane')
})

test('the cache lies where the platform has such things unless the user says otherwise', () => {
  const env = { HOME: '/home/ada', XDG_CACHE_HOME: '' }

  expect(cacheFolder(env, 'linux')).toBe('/home/ada/.cache/latchkey/controlplane')
  expect(cacheFolder(env, 'darwin')).toBe('/home/ada/Library/Caches/latchkey/controlplane')
})

test('machines of different kinds can share one cache', async () => {
  const intel = await cacheName({ os: 'linux', arch: 'amd64' })
  const arm = await cacheName({ os: 'linux', arch: 'arm64' })

  expect(intel).toMatch(/^v1\.\d+\.\d+-linux-amd64-[0-9a-f]{12}$/)
  expect(arm).not.toBe(intel)
})
