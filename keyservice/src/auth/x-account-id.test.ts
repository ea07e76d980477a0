import { request } from 'node:http'
import { issuedKeyBody } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { z } from 'zod'
import { startTestService, type TestService } from '../test-service.ts'
import { serviceRights } from './right.ts'

// Every route of the service's own document is asked about an account that is not the caller's. A route that is added
// later is walked over without anybody thinking of it.

const operation = z.object({
  parameters: z.array(z.object({ name: z.string(), in: z.string() })).default([]),
  security: z.array(z.unknown()).optional(),
})
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) })

interface Route {
  readonly method: string
  readonly path: string
  /** False: anybody may ask, and the route is about no account. */
  readonly ofAccounts: boolean
}

let service: TestService
let routes: Route[]
let token: string

beforeAll(async () => {
  service = await startTestService()
  const { body } = await service.send('GET', '/openapi.json')
  routes = Object.entries(document.parse(body).paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { parameters, security }]) => ({
      method: method.toUpperCase(),
      path: path.replaceAll(/\{\w+\}/g, 'own'),
      ofAccounts: security?.length !== 0 || parameters.some(({ name }) => name === 'x-account-id'),
    })),
  )
  for (const id of ['own', 'foreign', 'gone']) {
    await service.send('POST', '/accounts', { body: { id, displayName: id } })
  }
  await service.send('DELETE', '/accounts/gone')
  const scopes = serviceRights.map(({ name }) => name)
  const issued = await service.send('POST', '/apikeys', {
    headers: { 'x-account-id': 'own' },
    body: { displayName: 'k', scopes },
  })
  token = issuedKeyBody.parse(issued.body).credential.token ?? ''
})
afterAll(() => service.stop())

/** Sends header lines as they are: a list becomes as many lines. */
function ask(route: Route, credential: string, account: string | readonly string[]) {
  const body = route.path === '/auth/login' ? JSON.stringify({ token: credential }) : undefined
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = request(service.url + route.path, {
      method: route.method,
      headers: {
        authorization: `Bearer ${credential}`,
        'x-account-id': account as string | string[],
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
    })
    sent.on('error', reject)
    sent.on('response', (response) => {
      let text = ''
      response.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text }))
    })
    sent.end(body)
  })
}

const ofAccounts = () => routes.filter((route) => route.ofAccounts)

async function answers(credential: string, account: string | readonly string[]) {
  const found = ofAccounts().map(async (route) => {
    const { status, text } = await ask(route, credential, account)
    const { code } = z.object({ code: z.string() }).parse(JSON.parse(text))
    return `${route.method} ${route.path} ${status} ${code}`
  })
  return Promise.all(found)
}

const each = (outcome: string) =>
  ofAccounts().map(({ method, path }) => `${method} ${path} ${outcome}`)

describe('x-account-id, on every route of the document', () => {
  test('there are routes, and only a few of them are about no account', () => {
    expect(ofAccounts().length).toBeGreaterThan(20)
    expect(routes.length - ofAccounts().length).toBeLessThan(6)
  })

  test('a foreign account is answered like a missing one', async () => {
    expect(await answers(token, 'foreign')).toEqual(each('404 AccountNotFound'))
    expect(await answers(token, 'missing')).toEqual(each('404 AccountNotFound'))
  })

  test('a platform credential too gets 404 for an account that is missing or deleted', async () => {
    expect(await answers(service.adminToken, 'missing')).toEqual(each('404 AccountNotFound'))
    expect(await answers(service.adminToken, 'gone')).toEqual(each('404 AccountNotFound'))
  })

  test('an empty, repeated or malformed one is refused, even where it says the own account', async () => {
    for (const account of ['', ['own', 'own'], ['own', ''], 'own,own', ' , ', 'a b']) {
      expect(await answers(token, account)).toEqual(each('400 Invalid'))
    }
  })

  test('who presents nothing that works is told nothing about accounts', async () => {
    expect(await answers('lk_nothing', 'foreign')).toEqual(each('401 Unauthorized'))
  })
})
