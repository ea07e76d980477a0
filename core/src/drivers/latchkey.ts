import { z } from 'zod'
import { issuedKeyBody, keyListBody } from '../contract/apikeys.ts'
import { verdictBody, whoamiBody } from '../contract/verify.ts'
import { type Credential, credentialFromParts, credentialParts } from '../domain/credential.ts'
import { KeyError } from '../domain/key-error.ts'
import { keyRecord } from '../domain/key-record.ts'
import {
  type KeyServicePort,
  type MutableField,
  mutableFields,
  type Verdict,
} from '../domain/key-service-port.ts'
import { isReason } from '../domain/reason.ts'
import { answerError, connectionError, readAnswer } from './answer.ts'
import type { Http, HttpRequest, HttpResponse } from './http.ts'
import { latchkeyFeed } from './latchkey-feed.ts'
import { repeatRead } from './repeat-read.ts'

/** How to reach a key service that speaks Latchkey's own HTTP contract. */
export interface LatchkeyOptions {
  /** Base URL, told to people in errors. */
  readonly url: string
  readonly credential: Credential
  /** Account to act in; default: the credential's primary account. */
  readonly account?: string
  readonly http: Http
}

/** What the driver needs of `settingsBody`. */
const mutability = z.object({ keys: z.object({ mutable: z.array(z.string()) }) })

const pageSize = 500

/**
 * The driver for services that speak the contract of `core/src/contract`, the bundled one first. It keeps no state
 * besides its connection, repeats nothing but the pages of a list (the caller knows what else may be repeated) and never
 * puts a token into an error.
 */
export function createLatchkeyDriver(options: LatchkeyOptions): KeyServicePort {
  const { url } = options
  const headers = requestHeaders(options)
  let mutable: ReadonlySet<MutableField> = new Set(mutableFields)

  /** Products differ in what they change in place. A service that does not say is taken to change everything. */
  async function readSettings(): Promise<void> {
    const response = await ask('GET', '/settings')
    if (response.status !== 200) return
    const settings = readAnswer(url, mutability, response)
    mutable = new Set(mutableFields.filter((field) => settings.keys.mutable.includes(field)))
  }

  function ask(
    method: HttpRequest['method'],
    path: string,
    body?: unknown,
    extra?: Readonly<Record<string, string>>,
  ): Promise<HttpResponse> {
    return options.http
      .send({
        method,
        path,
        headers: extra === undefined ? headers : { ...headers, ...extra },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      })
      .catch((cause: unknown) => {
        throw cause instanceof KeyError ? cause : connectionError(url, cause)
      })
  }

  async function call(...request: Parameters<typeof ask>): Promise<HttpResponse> {
    const response = await ask(...request)
    if (response.status >= 300) throw answerError(url, response)
    return response
  }

  return {
    get capabilities() {
      return { mint: 'Pending' as const, mutable }
    },

    async issue({ idempotencyKey, account, ...wish }) {
      const extra = {
        'idempotency-key': idempotencyKey,
        ...(account === undefined ? {} : { 'x-account-id': account }),
      }
      const response = await call('POST', '/apikeys', { ...wish, pending: true }, extra)
      const { key, credential } = readAnswer(url, issuedKeyBody, response)
      return { key, credentialId: credential.id, credential: readCredential(url, credential) }
    },

    async activate(keyId, credentialId) {
      const path = `/apikeys/${encodeURIComponent(keyId)}/activate`
      return readAnswer(url, keyRecord, await call('POST', path, { credentialId }))
    },

    get: (keyId) =>
      orAbsent(async () =>
        readAnswer(url, keyRecord, await call('GET', `/apikeys/${encodeURIComponent(keyId)}`)),
      ),

    async *list(metadata) {
      const filter = Object.entries(metadata).map(([name, value]): [string, string] => [
        'metadata',
        `${name}=${value}`,
      ])
      let cursor: string | undefined
      do {
        const query = new URLSearchParams([...filter, ['limit', String(pageSize)]])
        if (cursor !== undefined) query.set('cursor', cursor)
        const page: z.infer<typeof keyListBody> = await repeatRead(async () =>
          readAnswer(url, keyListBody, await call('GET', `/apikeys?${query}`)),
        )
        yield* page.items
        cursor = page.nextCursor
      } while (cursor !== undefined)
    },

    async update(keyId, change) {
      const path = `/apikeys/${encodeURIComponent(keyId)}`
      return readAnswer(url, keyRecord, await call('PATCH', path, change))
    },

    async revoke(keyId) {
      const path = `/apikeys/${encodeURIComponent(keyId)}`
      const answer = await orAbsent(() => call('DELETE', path))
      return answer !== undefined
    },

    async probe(credential): Promise<Verdict> {
      const body = { ...credentialParts(credential), probe: true }
      const verdict = readAnswer(url, verdictBody, await call('POST', '/verify', body))
      if (verdict.valid && verdict.keyId !== undefined && verdict.credentialId !== undefined) {
        const { keyId, credentialId, scopes = [] } = verdict
        return { valid: true, keyId, credentialId, scopes }
      }
      return { valid: false, reason: isReason(verdict.reason) ? verdict.reason : 'Unauthorized' }
    },

    async whoami() {
      await readSettings()
      const response = await ask('GET', '/whoami')
      if (response.status === 404) throw nothingThere(url)
      if (response.status >= 300) throw answerError(url, response)
      const { account, keyId, scopes, plan } = readAnswer(url, whoamiBody, response)
      return {
        account,
        scopes,
        ...(keyId === undefined ? {} : { keyId }),
        ...(plan === undefined ? {} : { plan: plan.name, keysUsed: plan.keysUsed }),
        ...(plan?.keyLimit === undefined ? {} : { keyLimit: plan.keyLimit }),
      }
    },

    feed: latchkeyFeed({ url, headers, http: options.http }),

    close: () => options.http.close(),
  }
}

function requestHeaders({ credential, account }: LatchkeyOptions): Record<string, string> {
  const authentication =
    credential.kind === 'token'
      ? { authorization: `Bearer ${credential.token.reveal()}` }
      : { 'x-api-key': credential.apiKey, 'x-api-secret': credential.apiSecret.reveal() }
  return {
    ...authentication,
    ...(account === undefined ? {} : { 'x-account-id': account }),
    accept: 'application/json',
    'content-type': 'application/json',
  }
}

function readCredential(url: string, parts: Parameters<typeof credentialFromParts>[0]): Credential {
  const credential = credentialFromParts(parts)
  if (credential === undefined) {
    throw new KeyError(
      'ServiceUnavailable',
      `The answer of the key service at ${url} holds no token`,
    )
  }
  return credential
}

/** A `NotFound` in the service's own words is an answer; any other failure is not. */
async function orAbsent<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof KeyError && error.reason === 'NotFound') return undefined
    throw error
  }
}

/** Every key service knows who asks, so whoever does not is none, or lies at another path. */
function nothingThere(url: string): KeyError {
  return new KeyError(
    'NotFound',
    `No key service answers at ${url}: there is no ${url.replace(/\/$/, '')}/whoami. Correct spec.url to the address of the key service, its path included`,
  )
}
