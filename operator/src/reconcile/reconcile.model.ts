import { randomBytes } from 'node:crypto'
import type { ApiKeyStatus, Condition } from '@latchkey/core'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { type FakeApiServer, startFakeApiServer } from '../../../test/fakes/api-server/start.ts'
import { apiKeys, apiVersion, revokeFinalizer, secrets } from '../names.ts'
import { createKubeClient, type KubeClient } from '../runtime/client.ts'
import type { Outcome } from '../runtime/controller.ts'
import { createFakeClock } from '../runtime/fake-clock.ts'
import { silentLog } from '../runtime/log.ts'
import { RecordStore } from '../runtime/record-store.ts'
import type { KubeObject, Resource } from '../runtime/resource.ts'
import { createTransport } from '../runtime/transport.ts'
import type { Connection } from '../services/connection.ts'
import { createKeyView } from '../services/key-view.ts'
import { type ApiKeyRecord, decodeApiKey } from './api-key-record.ts'
import { createDigester } from './digest.ts'
import { createKeyServiceModel, type KeyServiceModel } from './key-service.model.ts'
import { reconcile } from './reconcile.ts'
import { createRepeats } from './repeats.ts'
import { createRest } from './rest.ts'
import type { World } from './scene.ts'
import type { SecretObject } from './secret.ts'
import { createSecretIndex } from './secret-index.ts'
import { decodeSecret, type SecretRecord } from './secret-record.ts'

// One ApiKey in a small world: a fake API server, caches and a view of the keys that hear of changes when the test says so,
// and a key service in memory whose port the test may bend.

/** The ApiKey `shop/api` and what becomes of it. */
export interface ReconcileModel {
  readonly server: FakeApiServer
  readonly service: KeyServiceModel
  /** Takes the place of the key service's port from now on. */
  readonly connect: (port: KeyServiceModel['port']) => void
  /** Writes the spec, as a person does. */
  readonly declare: (spec: object) => Promise<void>
  readonly annotate: (annotations: Readonly<Record<string, string>>) => Promise<void>
  readonly remove: () => Promise<void>
  /** What somebody else does to the Secret; nothing where there is none. */
  readonly patchSecret: (patch: object) => Promise<void>
  readonly deleteSecret: () => Promise<void>
  /** The caches and the view hear of everything that happened. */
  readonly hear: () => Promise<void>
  /** A new operator: it remembers nothing, and has heard of everything. */
  readonly restart: () => Promise<void>
  /** One reconcile of what the caches hold; a throw, which means backoff, is the outcome `again`. */
  readonly decide: () => Promise<Decided>
  /** The same after hearing of everything. */
  readonly reconcile: () => Promise<Decided>
  readonly pass: (milliseconds: number) => Promise<void>
  readonly exists: () => boolean
  /** The token in the Secret. */
  readonly token: () => Promise<string>
  readonly status: () => Promise<ApiKeyStatus>
  readonly condition: (type: string) => Promise<Condition | undefined>
  /** Warnings of the log, each with its fields. */
  readonly warnings: readonly { readonly message: string; readonly fields: object }[]
  readonly stop: () => Promise<void>
}

/** How a reconcile ended. */
export type Decided = Outcome | { readonly kind: 'again'; readonly error: unknown }

const item = 'shop/api'
const name = { namespace: 'shop', name: 'api' }
const collections = { apiKeys: 'latchkey.dev/v1alpha1/apikeys', secrets: '/v1/secrets' }

/** Starts the world. */
export async function startReconcileModel(): Promise<ReconcileModel> {
  const server = await startFakeApiServer()
  const transport = createTransport(plainAccess(server.url))
  const clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'))
  const client = createKubeClient({ transport, clock })
  const service = createKeyServiceModel(clock.now)
  const digester = createDigester(randomBytes(32))
  const warnings: { message: string; fields: object }[] = []
  let port = service.port
  let operator = start()

  function start() {
    const secretIndex = createSecretIndex()
    const caches = {
      apiKeys: new RecordStore<ApiKeyRecord>(() => undefined),
      secrets: new RecordStore<SecretRecord>(secretIndex.update),
    }
    const view = createKeyView('cluster')
    view.begin().finish()
    const name = { kind: 'KeyService', namespace: 'shop', name: 'bundled' } as const
    const connection: Connection = {
      view,
      print: '',
      get port() {
        return port
      },
    }
    const world: World = {
      ...{ client, digester, clock, secretIndex, ...caches },
      services: {
        find: () => ({ kind: 'usable', name, connection, terminating: false }),
        succeeded: () => undefined,
        failed: () => undefined,
      },
      cluster: 'cluster',
      log: { ...silentLog, warn: (fields, message) => void warnings.push({ fields, message }) },
      fence: () => undefined,
      notify: () => undefined,
      rest: createRest(),
      repeats: createRepeats(clock.monotonic),
    }
    return { world, caches, view }
  }

  async function hear(): Promise<void> {
    const { caches, view } = operator
    await hearOf(client, apiKeys, caches.apiKeys, decodeApiKey)
    await hearOf(client, secrets, caches.secrets, decodeSecret)
    for (const key of service.keys()) view.put(key)
  }

  function decide(): Promise<Decided> {
    return reconcile(operator.world, item).catch((error: unknown) => ({ kind: 'again', error }))
  }

  async function status(): Promise<ApiKeyStatus> {
    const object = await client.get<KubeObject & { readonly status?: ApiKeyStatus }>(apiKeys, name)
    return object.status ?? {}
  }

  const exists = (collection: string) => server.store.get(collection, item) !== undefined

  return {
    server,
    service,
    connect(next) {
      port = next
    },
    async declare(spec) {
      if (exists(collections.apiKeys)) {
        await client.jsonPatch(apiKeys, name, [{ op: 'replace', path: '/spec', value: spec }])
        return
      }
      const metadata = { ...name, finalizers: [revokeFinalizer] }
      await client.create(apiKeys, { apiVersion, kind: 'ApiKey', metadata, spec } as KubeObject)
    },
    async annotate(annotations) {
      await client.mergePatch(apiKeys, name, { metadata: { annotations } })
    },
    remove: () => client.delete(apiKeys, name),
    async patchSecret(patch) {
      if (exists(collections.secrets)) await client.mergePatch(secrets, name, patch)
    },
    async deleteSecret() {
      if (exists(collections.secrets)) await client.delete(secrets, name)
    },
    hear,
    async restart() {
      operator = start()
      await hear()
    },
    decide,
    async reconcile() {
      await hear()
      return decide()
    },
    pass: (milliseconds) => clock.advance(milliseconds),
    exists: () => exists(collections.apiKeys),
    async token() {
      const { data } = await client.get<SecretObject>(secrets, name)
      return Buffer.from(data?.token ?? '', 'base64').toString()
    },
    status,
    condition: async (type) =>
      (await status()).conditions?.find((condition) => condition.type === type),
    warnings,
    async stop() {
      await transport.close()
      await server.close()
    },
  }
}

/** A complete list, as the watch delivers one when it begins. */
async function hearOf<R extends { namespace: string; name: string; resourceVersion: string }>(
  client: KubeClient,
  resource: Resource,
  store: RecordStore<R>,
  decode: (object: KubeObject) => R,
): Promise<void> {
  const { items, resourceVersion } = await client.listPage<KubeObject>(resource, {})
  store.beginList()
  for (const object of items) store.apply(decode(object))
  store.endList(resourceVersion)
}
