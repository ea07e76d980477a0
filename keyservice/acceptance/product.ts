import { issuedKeyBody, keyListBody, keyRecord, problemBody, verdictBody } from '@latchkey/core'
import { inject } from 'vitest'
import type { z } from 'zod'
import type { KeyServiceConfigInput } from '../src/config.ts'
import type { PresetName } from '../src/presets/product-settings.ts'
import { createDatabase } from '../src/store/postgres/test-server.ts'
import { type Answer, startTestService, type TestService } from '../src/test-service.ts'

// The key service of one product, as its customers meet it: people and programs with credentials of the product's kind.

type Issued = z.infer<typeof issuedKeyBody>

/** What somebody presents; undefined parts are those of the other kind of credential. */
export type Parts = Pick<Issued['credential'], 'token' | 'apiKey' | 'apiSecret'>

/** Who asks: a credential, and the account it is about where that is not its own. */
export interface Who extends Parts {
  readonly account?: string
}

export interface Product {
  readonly service: TestService
  /** The administrator, in the account of the service itself. */
  readonly admin: Who
  readonly call: (who: Who, method: string, path: string, body?: unknown) => Promise<Answer>
  /** Makes an account and answers the administrator acting in it. */
  readonly newAccount: (body?: object) => Promise<Who & { readonly account: string }>
  /** Issues a key, which must succeed. */
  readonly issue: (who: Who, body?: object) => Promise<Issued>
  readonly list: (who: Who, query?: string) => Promise<z.infer<typeof keyListBody>>
  readonly get: (who: Who, keyId: string) => Promise<z.infer<typeof keyRecord>>
  /** The verdict on a credential, asked by the administrator. */
  readonly verify: (presented: Parts, scopes?: string[]) => Promise<z.infer<typeof verdictBody>>
  /** What a caller with this credential alone is answered. */
  readonly use: (presented: Parts) => Promise<number>
}

/** Starts the key service of a product, on the engine on which the suite runs. */
export async function startProduct(
  preset: PresetName,
  config: KeyServiceConfigInput = {},
): Promise<Product> {
  const server = inject('postgresUrl')
  const store = server === undefined ? {} : { databaseUrl: await createDatabase(server) }
  const service = await startTestService({ ...config, ...store, preset })
  const [first = '', second] = service.adminToken.split('\n')
  const admin: Who = second === undefined ? { token: first } : { apiKey: first, apiSecret: second }

  const call: Product['call'] = (who, method, path, body) =>
    service.send(method, path, { token: null, headers: headersOf(who), body })
  const account = (): string => `account-${++accounts}`
  let accounts = 0

  return {
    service,
    admin,
    call,
    newAccount: async (body = {}) => {
      const id = account()
      must(await call(admin, 'POST', '/accounts', { id, displayName: id, ...body }), 201)
      return { ...admin, account: id }
    },
    issue: async (who, body = {}) => {
      const wish = { displayName: 'Mobile App - Production', ...body }
      return issuedKeyBody.parse(must(await call(who, 'POST', '/apikeys', wish), 201).body)
    },
    list: async (who, query = '') =>
      keyListBody.parse(must(await call(who, 'GET', `/apikeys${query}`), 200).body),
    get: async (who, keyId) =>
      keyRecord.parse(must(await call(who, 'GET', `/apikeys/${keyId}`), 200).body),
    verify: async ({ token, apiKey, apiSecret }, scopes = []) => {
      const question = { token, apiKey, apiSecret, scopes }
      return verdictBody.parse(must(await call(admin, 'POST', '/verify', question), 200).body)
    },
    use: async (presented) => (await call(presented, 'GET', '/whoami')).status,
  }
}

/** The headers of a caller. */
export function headersOf({ token, apiKey, apiSecret, account }: Who): Record<string, string> {
  return {
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
    ...(apiKey === undefined ? {} : { 'x-api-key': apiKey }),
    ...(apiSecret === undefined ? {} : { 'x-api-secret': apiSecret }),
    ...(account === undefined ? {} : { 'x-account-id': account }),
  }
}

/** The refusal in an answer, with its status. */
export function refusal(answer: Answer): z.infer<typeof problemBody> {
  return problemBody.parse(answer.body)
}

/** The answer, which must have this status. */
export function must(answer: Answer, status: number): Answer {
  if (answer.status === status) return answer
  throw new Error(`answered ${answer.status}, not ${status}: ${JSON.stringify(answer.body)}`)
}
