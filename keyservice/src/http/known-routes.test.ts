import { expect, test } from 'vitest'
import { knownRoutes } from './known-routes.ts'

const routes = knownRoutes([
  { method: 'ALL', path: '/*' },
  { method: 'GET', path: '/apikeys' },
  { method: 'POST', path: '/apikeys' },
  { method: 'GET', path: '/apikeys/:id' },
  { method: 'DELETE', path: '/apikeys/:id{[a-z]+}/previous' },
  { method: 'GET', path: '/apikeys/mine' },
])

test('a path is known by its pattern, whatever stands where ids stand', () => {
  expect(routes.patternOf('/apikeys')).toBe('/apikeys')
  expect(routes.patternOf('/apikeys/lk_secret')).toBe('/apikeys/{id}')
  expect(routes.patternOf('/apikeys/x/previous')).toBe('/apikeys/{id}/previous')
  expect(routes.patternOf('/apikeys/mine')).toBe('/apikeys/mine')
})

test('what is not served has neither pattern nor methods, although something runs before every route', () => {
  for (const path of ['/', '/apikeysx', '/apikeys/a/b', '/anything/at']) {
    expect(routes.patternOf(path)).toBeUndefined()
    expect(routes.methodsOf(path)).toEqual([])
  }
})

test('a path has the methods that were written down, and HEAD wherever it has GET', () => {
  expect(routes.methodsOf('/apikeys')).toEqual(['GET', 'HEAD', 'POST'])
  expect(routes.methodsOf('/apikeys/x/previous')).toEqual(['DELETE'])
})
