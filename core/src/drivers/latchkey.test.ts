import { describe, expect, it } from 'vitest'
import { Token } from '../domain/token.ts'
import type { HttpResponse } from './http.ts'
import { createLatchkeyDriver } from './latchkey.ts'

const url = 'https://example.com/keys/'

/** A driver whose every call is answered with this. */
function answered(status: number, body: string) {
  const response: HttpResponse = { status, headers: {}, body }
  return createLatchkeyDriver({
    url,
    credential: { kind: 'token', token: new Token('lk_mine') },
    http: {
      send: async () => response,
      stream: () => Promise.reject(new Error('not asked')),
      close: async () => undefined,
    },
  })
}

describe('a URL at which no key service answers', () => {
  it('is told with the address that was asked, however the absence is put', async () => {
    const problem = { type: 'about:blank', title: '', status: 404, detail: '', code: 'NotFound' }
    for (const body of ['not found', '', JSON.stringify(problem)]) {
      await expect(answered(404, body).whoami()).rejects.toMatchObject({
        reason: 'NotFound',
        message: expect.stringMatching(
          /^No key service answers at .*: there is no https:\/\/example\.com\/keys\/whoami\. Correct spec\.url/,
        ),
      })
    }
  })

  it('is told where something else answers', async () => {
    for (const status of [200, 403]) {
      await expect(answered(status, '<!doctype html>').whoami()).rejects.toMatchObject({
        reason: 'ServiceUnavailable',
        message: expect.stringMatching(
          /does not speak the key service's protocol.*check spec\.url/,
        ),
      })
    }
  })

  it('proves no absence of a key', async () => {
    await expect(answered(404, 'not found').get('apiKey-1')).rejects.toMatchObject({
      reason: 'ServiceUnavailable',
    })
  })
})
