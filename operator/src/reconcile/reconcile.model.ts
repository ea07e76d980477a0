import { randomBytes } from 'node:crypto'
import type { ApiKeyStatus, Condition, KeyServicePort } from '@latchkey/core'
import { plainAccess } from '../../../test/fakes/api-server/plain-access.ts'
import { startFakeApiServer } from '../../../test/fakes/api-server/start.ts'
import { apiKeys, apiVersion, revokeFinalizer, secrets } from '../names.ts'
import { createKubeClient } from '../runtime/client.ts'
import type { Outcome } from '../runtime/controller.ts'
import { createFakeClock } from '../runtime/fake-clock.ts'
import { createInformer } from '../runtime/informer.ts'
import { silentLog } from '../runtime/log.ts'
import type { KubeObject } from '../runtime/resource.ts'
import { createTransport } from '../runtime/transport.ts'
import type { Connection } from '../services/connection.ts'
import { createKeyView } from '../services/key-view.ts'
import { decodeApiKey } from './api-key-record.ts'
import { createDigester } from './digest.ts'
import { reconcile } from './reconcile.ts'
import { createRepeats } from './repeats.ts'
import { createRest } from './rest.ts'
import type { World } from './scene.ts'
import type { SecretObject } from './secret.ts'
import { createSecretIndex } from './secret-index.ts'
import { decodeSecret } from './secret-record.ts'

// One ApiKey in a small world: a fake API server, caches that a test fills by hand, and a key service whose port the test
// gives and may change. Everything that the reconcile does happens when the test says so.

/** The ApiKey `shop/api` and what becomes of it. */
export interface ReconcileModel {
  /** Takes the place of the key service's port from now on. */
  readonly connect: (port: KeyServicePort) => void
  /** Writes the spec, as a person does. */
  readonly declare: (spec: object) => Promise<void>
  readonly annotate: (annotations: Readonly<Record<string, string>>) => Promise<void>
  readonly remove: () => Promise<void>
  /** One reconcile; a throw, which means backoff, is the outcome `again`. */
  readonly reconcile: () => Promise<Outcome | { readonly kind: 'again'; readonly error: unknown }>
  /** The token in the Secret. */
  readonly token: () => Promise<string>
  readonly pass: (milliseconds: number) => Promise<void>
  readonly exists: () => Promise<boolean>
  /** What somebody else does to the Secret, of which the cache then hears. */
  readonly patchSecret: (patch: object) => Promise<void>
  readonly deleteSecret: () => Promise<void>
  readonly condition: (type: string) => Promise<Condition | undefined>
  /** Warnings of the log, each with its fields. */
  readonly warnings: readonly { readonly message: string; readonly fields: object }[]
  readonly stop: () => Promise<void>
}

/** Starts the world. */
export async function startReconcileModel(first: KeyServicePort): Promise<ReconcileModel> {
  const server = await startFakeApiServer()
  const transport = createTransport(plainAccess(server.url))
  const clock = createFakeClock(Date.parse('2026-01-01T00:00:00Z'))
  const client = createKubeClient({ transport, clock })
  const name = { namespace: 'shop', name: 'api' }
  const view = createKeyView('cluster')
  view.begin().finish()
  const secretIndex = createSecretIndex()
  const apiKeyCache = createInformer({ client, clock, resource: apiKeys, decode: decodeApiKey })
  const secretCache = createInformer({
    ...{ client, clock, resource: secrets, decode: decodeSecret },
    onChange: secretIndex.update,
  })
  const warnings: { message: string; fields: object }[] = []
  let connection: Connection = { port: first, view, print: '' }
  const service = { kind: 'KeyService', namespace: 'shop', name: 'bundled' } as const
  const world: World = {
    client,
    apiKeys: apiKeyCache,
    secrets: secretCache,
    secretIndex,
    services: {
      find: () => ({ kind: 'usable', name: service, connection, terminating: false }),
      succeeded: () => undefined,
      failed: () => undefined,
    },
    digester: createDigester(randomBytes(32)),
    cluster: 'cluster',
    clock,
    log: { ...silentLog, warn: (fields, message) => void warnings.push({ fields, message }) },
    fence: () => undefined,
    notify: () => undefined,
    rest: createRest(),
    repeats: createRepeats(clock.monotonic),
  }

  async function refresh(): Promise<KubeObject & { readonly status?: ApiKeyStatus }> {
    const object = await client.get<KubeObject & { readonly status?: ApiKeyStatus }>(apiKeys, name)
    apiKeyCache.put(decodeApiKey(object))
    return object
  }

  async function refreshSecret(): Promise<void> {
    secretCache.put(decodeSecret(await client.get(secrets, name, { metadataOnly: true })))
  }

  return {
    connect(port) {
      connection = { port, view, print: '' }
    },
    async declare(spec) {
      if (apiKeyCache.get('shop/api') !== undefined) {
        await client.jsonPatch(apiKeys, name, [{ op: 'replace', path: '/spec', value: spec }])
      } else {
        const metadata = { ...name, finalizers: [revokeFinalizer] }
        await client.create(apiKeys, { apiVersion, kind: 'ApiKey', metadata, spec } as KubeObject)
      }
      await refresh()
    },
    async annotate(annotations) {
      await client.mergePatch(apiKeys, name, { metadata: { annotations } })
      await refresh()
    },
    async remove() {
      await client.delete(apiKeys, name)
      await refresh()
    },
    reconcile: () =>
      reconcile(world, 'shop/api').catch((error: unknown) => ({ kind: 'again', error }) as const),
    async token() {
      const { data } = await client.get<SecretObject>(secrets, name)
      return Buffer.from(data?.token ?? '', 'base64').toString()
    },
    pass: (milliseconds) => clock.advance(milliseconds),
    exists: async () => server.store.get('latchkey.dev/v1alpha1/apikeys', 'shop/api') !== undefined,
    async patchSecret(patch) {
      await client.mergePatch(secrets, name, patch)
      await refreshSecret()
    },
    async deleteSecret() {
      await client.delete(secrets, name)
      await refreshSecret()
    },
    async condition(type) {
      const { status } = await refresh()
      return status?.conditions?.find((condition) => condition.type === type)
    },
    warnings,
    async stop() {
      await transport.close()
      await server.close()
    },
  }
}
