// The bare client: the same two writes to the API server and the same two calls to the key service for each ApiKey, over the
// same HTTP pools, and nothing else: no cache, no decision, no watch. What an operator could reach at most.

import { setTimeout as delay } from 'node:timers/promises'
import { createHttp } from '@latchkey/core'
import { createTransport, loadClusterAccess } from '@latchkey/operator'

const [kubeconfig = '', namespace = '', url = '', token = '', inFlight = '32'] =
  process.argv.slice(2)
const transport = createTransport(loadClusterAccess({ path: kubeconfig, env: {} }))
const keyService = createHttp({ url })
const json = { 'content-type': 'application/json', accept: 'application/json' }
const metadataOnly = {
  ...json,
  accept: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1,application/json',
}
const headers = { ...json, authorization: `Bearer ${token}` }

interface ApiKey {
  readonly metadata: {
    readonly name: string
    readonly uid: string
    readonly resourceVersion: string
  }
}

const apiKeys = `/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`
const waiting = JSON.parse((await transport.send({ method: 'GET', path: apiKeys })).body)
  .items as ApiKey[]
process.stdout.write('Listed\n')
// As the operator, it starts when it is told to have the lead; the line above is where the clock starts.
await delay(500)
process.stdout.write(`Leading ${Date.now()}\n`)
await Promise.all(Array.from({ length: Number(inFlight) }, work))
process.stdout.write(`Done ${Date.now()}\n`)
// The measuring process reads our CPU before it ends us.
await delay(600_000)

async function work(): Promise<void> {
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) await deliver(next)
}

async function deliver({ metadata: { name, uid, resourceVersion } }: ApiKey): Promise<void> {
  const wish = {
    displayName: `${namespace}/${name}`,
    scopes: [],
    metadata: mark(name, uid),
    pending: true,
  }
  const issued = await keyService.send({
    method: 'POST',
    path: '/apikeys',
    headers: { ...headers, 'idempotency-key': uid },
    body: JSON.stringify(wish),
  })
  const { key, credential } = JSON.parse(issued.body)
  await kube(
    'POST',
    `/api/v1/namespaces/${namespace}/secrets`,
    secret(name, uid, key.id, credential),
  )
  const path = `/apikeys/${key.id}/activate`
  await keyService.send({
    method: 'POST',
    path,
    headers,
    body: JSON.stringify({ credentialId: credential.id }),
  })
  await kube('PUT', `${apiKeys}/${name}/status`, {
    apiVersion: 'latchkey.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: { namespace, name, uid, resourceVersion },
    status: status(name, key.id, credential.id),
  })
}

async function kube(method: 'POST' | 'PUT', path: string, body: object): Promise<void> {
  const answer = await transport.send({
    method,
    path,
    headers: metadataOnly,
    body: JSON.stringify(body),
  })
  if (answer.status >= 300) throw new Error(`${method} ${path}: ${answer.status} ${answer.body}`)
}

function mark(name: string, uid: string): Record<string, string> {
  const names = {
    cluster: 'bench',
    namespace,
    name,
    uid,
    revision: '1',
    'spec-hash': '0123456789abcdef',
    cause: 'Issued',
  }
  return Object.fromEntries(
    Object.entries(names).map(([key, value]) => [`latchkey.dev/${key}`, value]),
  )
}

function secret(
  name: string,
  uid: string,
  keyId: string,
  credential: { id: string; token: string },
): object {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name,
      namespace,
      labels: { 'app.kubernetes.io/managed-by': 'latchkey' },
      annotations: {
        'latchkey.dev/api-key-uid': uid,
        'latchkey.dev/key-id': keyId,
        'latchkey.dev/credential-id': credential.id,
        'latchkey.dev/revision': '1',
        'latchkey.dev/digest': '01234567:0123456789abcdef0123456789abcdef',
        'latchkey.dev/shape': '0123456789abcdef.0123456789abcdef',
      },
      ownerReferences: [
        {
          apiVersion: 'latchkey.dev/v1alpha1',
          kind: 'ApiKey',
          name,
          uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ],
    },
    type: 'Opaque',
    data: { token: Buffer.from(credential.token).toString('base64') },
  }
}

function status(name: string, keyId: string, credentialId: string): object {
  const now = `${new Date().toISOString().slice(0, 19)}Z`
  const message = `The token is in Secret ${name}`
  return {
    observedGeneration: 1,
    conditions: [
      {
        type: 'Ready',
        status: 'True',
        reason: 'Ready',
        message,
        lastTransitionTime: now,
        observedGeneration: 1,
      },
    ],
    serviceRef: { kind: 'KeyService', name: 'bundled' },
    current: { keyId, credentialId, preview: 'lk_...AbCd', revision: 1, issuedTime: now },
    secret: { name, resourceVersion: '1' },
    binding: { name },
  }
}
