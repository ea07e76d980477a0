import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type RunningKeyService, startKeyService } from '@latchkey/keyservice'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'

// A ServiceAccount of a real cluster calls the key service with nothing but the token that its cluster gives it.

const audience = 'keys.example.com'
const namespace = 'default'

let cluster: TestCluster
let folder: string
let service: RunningKeyService

beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
  folder = await mkdtemp(join(tmpdir(), 'latchkey-oidc-'))
  await cluster.kubectl('create', 'serviceaccount', 'operator')
  await cluster.kubectl('create', 'serviceaccount', 'other')
  await cluster.kubectl('create', 'serviceaccount', 'reader')
  const caFile = join(folder, 'ca.pem')
  const tokenFile = join(folder, 'reader-token')
  await writeFile(caFile, cluster.controlPlane.caPem)
  await writeFile(tokenFile, await cluster.serviceAccountToken(namespace, 'reader'))
  service = await startKeyService({
    port: 0,
    dataFolder: join(folder, 'data'),
    logLevel: 'silent',
    trustedIssuers: [
      {
        issuer: `${cluster.controlPlane.url}/`,
        audience,
        caFile,
        tokenFile,
        subjects: [
          {
            subject: `system:serviceaccount:${namespace}:operator`,
            account: 'default',
            scopes: ['readApiKeys', 'writeApiKeys'],
          },
        ],
      },
    ],
  })
})
afterAll(async () => {
  await service?.stop()
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A token as a projected volume would hold it. */
async function tokenOf(name: string, ...flags: readonly string[]): Promise<string> {
  return (await cluster.kubectl('create', 'token', name, ...flags)).trim()
}

async function ask(token: string, path = '/whoami', init: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  return fetch(service.url + path, { ...init, headers })
}

test('a ServiceAccount issues a key with the token of its cluster, and no standing credential', async () => {
  const token = await tokenOf('operator', `--audience=${audience}`)
  const body = JSON.stringify({ displayName: 'made by an operator' })
  const issued = await ask(token, '/apikeys', { method: 'POST', body })
  expect(issued.status).toBe(201)
  const { key } = (await issued.json()) as { readonly key: { readonly account: string } }
  expect(key.account).toBe('default')
})

test('the same ServiceAccount is unknown with a token for another audience, and so is another one', async () => {
  const strangers = [
    await tokenOf('operator'),
    await tokenOf('operator', '--audience=elsewhere.example.com'),
    await tokenOf('other', `--audience=${audience}`),
    (await readFile(join(folder, 'reader-token'), 'utf8')).trim(),
  ]
  for (const token of strangers) expect((await ask(token)).status).toBe(401)
})
