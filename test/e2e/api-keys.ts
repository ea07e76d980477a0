import { type ApiKeyStatus, isLive, type KeyRecord } from '@latchkey/core'
import { until } from './until.ts'
import type { World } from './world.ts'

/** An ApiKey as the API server has it. */
export interface DeclaredApiKey {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly uid: string
    readonly generation: number
    readonly finalizers?: readonly string[]
    readonly deletionTimestamp?: string
  }
  readonly spec: { readonly [field: string]: unknown }
  readonly status?: ApiKeyStatus
}

/** A Secret as the API server has it, its data in clear text. */
export interface OpenSecret {
  readonly name: string
  readonly uid: string
  readonly type: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly finalizers: readonly string[]
  readonly data: Readonly<Record<string, string>>
}

/** What a person does with the ApiKeys of one namespace, and what he sees of them. */
export interface ApiKeys {
  readonly namespace: string
  /** Applies one ApiKey; the whole spec, so that what is left out goes. */
  declare(name: string, spec?: object): Promise<void>
  /** Deletes an ApiKey without waiting for its end. */
  remove(name: string): Promise<void>
  read(name: string): Promise<DeclaredApiKey | undefined>
  list(): Promise<readonly DeclaredApiKey[]>
  /** Waits until the present generation is Ready. */
  ready(name: string): Promise<DeclaredApiKey>
  /** Waits until the present generation is not Ready for this reason; gives the sentence. */
  notReady(name: string, reason: string): Promise<string>
  gone(name: string): Promise<void>
  secret(name: string): Promise<OpenSecret | undefined>
  /** Waits until the Secret holds something else than this token, and gives the new one. */
  otherToken(name: string, token: string): Promise<string>
  /** The token in the Secret; fails when there is none. */
  token(name: string): Promise<string>
  /** Its keys at the service that can be used. */
  live(name: string): Promise<readonly KeyRecord[]>
}

/** The ApiKeys of one namespace. */
export function apiKeysIn(world: World, namespace: string): ApiKeys {
  const { cluster } = world
  const path = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`

  async function read(name: string): Promise<DeclaredApiKey | undefined> {
    const { object, status } = await cluster.request('GET', `${path}/${name}`)
    if (object === undefined && status !== 404) throw new Error(`Reading ${name}: ${status}`)
    return object as unknown as DeclaredApiKey | undefined
  }

  async function readyCondition(name: string) {
    const apiKey = await read(name)
    const ready = apiKey?.status?.conditions?.find(({ type }) => type === 'Ready')
    const fresh = ready?.observedGeneration === apiKey?.metadata.generation
    if (apiKey === undefined || ready === undefined || !fresh)
      throw new Error('No fresh status yet')
    return { apiKey, ready }
  }

  async function secret(name: string): Promise<OpenSecret | undefined> {
    const answer = await cluster.request('GET', `/api/v1/namespaces/${namespace}/secrets/${name}`)
    return answer.object === undefined ? undefined : openSecret(answer.object)
  }

  async function token(name: string): Promise<string> {
    const found = (await secret(name))?.data.token
    if (found === undefined) throw new Error(`Secret ${name} has no token`)
    return found
  }

  return {
    namespace,
    async declare(name, spec = {}) {
      const apiVersion = 'latchkey.dev/v1alpha1'
      await cluster.apply([{ apiVersion, kind: 'ApiKey', metadata: { name, namespace }, spec }])
    },
    async remove(name) {
      await cluster.request('DELETE', `${path}/${name}`)
    },
    read,
    async list() {
      const { object, status } = await cluster.request('GET', path)
      if (object === undefined) throw new Error(`Listing ApiKeys: ${status}`)
      return object.items as readonly DeclaredApiKey[]
    },
    ready: (name) =>
      until(`${namespace}/${name} is Ready`, async () => {
        const { apiKey, ready } = await readyCondition(name)
        if (ready.status === 'True') return apiKey
        throw new Error(`${ready.reason}: ${ready.message}`)
      }),
    notReady: (name, reason) =>
      until(`${namespace}/${name} is not Ready: ${reason}`, async () => {
        const { ready } = await readyCondition(name)
        if (ready.status === 'False' && ready.reason === reason) return ready.message
        throw new Error(`${ready.status} ${ready.reason}: ${ready.message}`)
      }),
    async gone(name) {
      await until(`${namespace}/${name} is gone`, async () => (await read(name)) === undefined)
    },
    secret,
    otherToken: (name, before) =>
      until(`${namespace}/${name} has another token`, async () => {
        const now = await token(name)
        return now !== before && now
      }),
    token,
    live: async (name) =>
      (await world.service.marked(namespace)).filter(
        (key) => isLive(key) && key.metadata['latchkey.dev/name'] === name,
      ),
  }
}

/** Reads a Secret off the wire. */
export function openSecret(object: object): OpenSecret {
  const { metadata, type, data = {} } = object as WireSecret
  return {
    name: metadata.name,
    uid: metadata.uid,
    type,
    labels: metadata.labels ?? {},
    annotations: metadata.annotations ?? {},
    finalizers: metadata.finalizers ?? [],
    data: Object.fromEntries(
      Object.entries(data).map(([entry, text]) => [entry, Buffer.from(text, 'base64').toString()]),
    ),
  }
}

interface WireSecret {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
    readonly finalizers?: readonly string[]
  }
  readonly type: string
  readonly data?: Readonly<Record<string, string>>
}
