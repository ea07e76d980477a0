import { readFile } from 'node:fs/promises'
import { request as plainRequest } from 'node:http'
import { request } from 'node:https'
import { text } from 'node:stream/consumers'
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose'
import { z } from 'zod'

/** Where the public keys of an issuer are. */
export interface IssuerOptions {
  readonly issuer: string
  /** The keys themselves, where discovery does not lead to them. */
  readonly jwksUrl?: string | undefined
  /** A file with the certificates that the issuer's own is signed with. */
  readonly caFile?: string | undefined
  /** A file with a token that lets us read its keys; read each time, since it is replaced. */
  readonly tokenFile?: string | undefined
}

/** How long keys are kept, and how long at least between two fetches, however many unknown ones are asked for. */
export interface KeptFor {
  readonly keptMs: number
  readonly cooldownMs: number
}

const usual: KeptFor = { keptMs: 600_000, cooldownMs: 30_000 }
const timeoutMs = 5000
const largestBytes = 1_048_576

const discovery = z.object({ issuer: z.string(), jwks_uri: z.url() })

/**
 * The keys of an issuer, found by OIDC discovery when the first token comes. A token with an unknown key makes us look
 * again, but not more often than the cooldown allows: nobody can make us storm the issuer.
 */
export function issuerKeys(options: IssuerOptions, kept: KeptFor = usual): JWTVerifyGetKey {
  let keys: Promise<JWTVerifyGetKey> | undefined
  let failedMs = Number.NEGATIVE_INFINITY

  const open = async () => {
    const url = options.jwksUrl ?? (await discover(options))
    return createRemoteJWKSet(new URL(url), {
      cacheMaxAge: kept.keptMs,
      cooldownDuration: kept.cooldownMs,
      timeoutDuration: timeoutMs,
      [customFetch]: async (address) => new Response(await get(address, options)),
    })
  }
  return async (header, token) => {
    if (keys === undefined && performance.now() - failedMs < kept.cooldownMs) {
      throw new Error(`The keys of ${options.issuer} could not be read a moment ago`)
    }
    keys ??= open().catch((error: unknown) => {
      keys = undefined
      failedMs = performance.now()
      throw error
    })
    return (await keys)(header, token)
  }
}

async function discover(options: IssuerOptions): Promise<string> {
  const base = options.issuer.replace(/\/$/, '')
  const found = await get(`${base}/.well-known/openid-configuration`, options)
  const { issuer, jwks_uri } = discovery.parse(JSON.parse(found))
  if (issuer === options.issuer) return jwks_uri
  throw new Error(`${base} says that it is the issuer ${issuer}`)
}

/** Reads a document of the issuer. Node's `fetch` takes no certificates of its own; its `request` does. */
async function get(url: string, { caFile, tokenFile }: IssuerOptions): Promise<string> {
  const ca = caFile === undefined ? undefined : await readFile(caFile, 'utf8')
  const token = tokenFile === undefined ? undefined : (await readFile(tokenFile, 'utf8')).trim()
  const headers = token === undefined ? {} : { authorization: `Bearer ${token}` }
  const signal = AbortSignal.timeout(timeoutMs)
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? request : plainRequest
    const sent = send(url, { headers, signal, ...(ca === undefined ? {} : { ca }) }, (answer) => {
      let bytes = 0
      answer.on('data', (chunk: Buffer) => {
        bytes += chunk.length
        if (bytes > largestBytes) answer.destroy(new Error(`${url} answers too much`))
      })
      text(answer).then((body) => {
        if (answer.statusCode === 200) resolve(body)
        else reject(new Error(`${url} answered ${answer.statusCode}`))
      }, reject)
    })
    sent.on('error', reject)
    sent.end()
  })
}
