import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { apiKeySpec, clusterKeyServiceSpec, keyServiceSpec } from '@latchkey/core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'
import {
  apiKeyVectors,
  clusterKeyServiceVectors,
  keyServiceVectors,
  type SpecVector,
} from './spec-vectors.ts'

const group = '/apis/latchkey.dev/v1alpha1'
const inDefault = `${group}/namespaces/default`
const examples = join(import.meta.dirname, '../../examples/yaml')

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster?.stop())

function apiObject(kind: string, name: string, spec: object) {
  return { apiVersion: 'latchkey.dev/v1alpha1', kind, metadata: { name }, spec }
}

/** The path of an issue as the API server writes it. */
function place(path: readonly PropertyKey[] = []): string {
  return path.reduce<string>(
    (before, part) => before + (typeof part === 'number' ? `[${part}]` : `.${String(part)}`),
    'spec',
  )
}

describe('the CRDs', () => {
  it('make three kinds that kubectl knows by short names', async () => {
    const names = await cluster.kubectl('api-resources', '--categories', 'latchkey')
    expect(names).toMatch(/^apikeys +ak +latchkey.dev\/v1alpha1 +true +ApiKey$/m)
    expect(names).toMatch(/^keyservices +ks +latchkey.dev\/v1alpha1 +true +KeyService$/m)
    expect(names).toMatch(/^clusterkeyservices +cks +latchkey.dev\/v1alpha1 +false +Cluster/m)
  })

  const kinds = [
    ['ApiKey', apiKeySpec, apiKeyVectors, `${inDefault}/apikeys`],
    ['KeyService', keyServiceSpec, keyServiceVectors, `${inDefault}/keyservices`],
    [
      'ClusterKeyService',
      clusterKeyServiceSpec,
      clusterKeyServiceVectors,
      `${group}/clusterkeyservices`,
    ],
  ] as const
  describe.each(kinds)('%s: the parser and the API server agree', (kind, parser, vectors, path) => {
    it.each<SpecVector>([...vectors])('about $what', async ({ spec, sentence }) => {
      const { success, error } = parser.safeParse(spec)
      const posted = await cluster.request('POST', `${path}?dryRun=All&fieldValidation=Strict`, {
        body: apiObject(kind, 'vector', spec),
      })
      const issue = error?.issues.find(({ message }) => message.includes(sentence ?? ''))
      const said = sentence ? `${place(issue?.path)}: ` : ''
      const accepted = sentence === undefined
      expect([success, issue === undefined], error?.message).toEqual([accepted, accepted])
      expect([posted.status < 300, posted.message]).toEqual([
        accepted,
        expect.stringContaining(said),
      ])
      expect(posted.message).toContain(sentence ?? '')
    })
  })

  it('fill in the defaults that the parser fills in', async () => {
    const spec = { serviceRef: { name: 'a' }, rotation: { period: '1h' }, secret: {} }
    const { object } = await cluster.request('POST', `${inDefault}/apikeys?dryRun=All`, {
      body: apiObject('ApiKey', 'defaults', spec),
    })
    expect(object?.spec).toEqual(apiKeySpec.parse(spec))
  })

  it.each([
    ['set', {}, { serviceRef: { name: 'a' } }],
    ['changed', { serviceRef: { name: 'a' } }, { serviceRef: { name: 'b' } }],
    ['taken away', { serviceRef: { name: 'a' } }, { serviceRef: null }],
  ])('keep the service of an ApiKey from being %s later', async (what, before, after) => {
    const name = `service-${what.replace(' ', '-')}`
    await cluster.request('POST', `${inDefault}/apikeys`, {
      body: apiObject('ApiKey', name, before),
    })
    const { status, message } = await cluster.request('PATCH', `${inDefault}/apikeys/${name}`, {
      body: { spec: after },
    })
    expect(status).toBe(422)
    expect(message).toContain('spec.serviceRef cannot change')
  })

  it('show a key in columns and find it by the id of its key', async () => {
    await cluster.request('POST', `${inDefault}/apikeys`, {
      body: apiObject('ApiKey', 'shown', {}),
    })
    const written = await cluster.request('PATCH', `${inDefault}/apikeys/shown/status`, {
      body: { status },
    })
    expect(written.message).toBe('')
    const table = await cluster.kubectl(
      'get',
      'ak',
      '-o',
      'wide',
      '--field-selector=status.current.keyId=key-1',
    )
    const [header, ...rows] = table.trimEnd().split('\n')
    expect(header?.split(/ {2,}/)).toEqual([
      'NAME',
      'READY',
      'REASON',
      'PREVIEW',
      'EXPIRES',
      'ROTATES',
      'LAST USED',
      'AGE',
    ])
    expect(rows).toHaveLength(1)
    expect(rows[0]?.split(/ +/).slice(0, 6)).toEqual([
      'shown',
      'True',
      'Ready',
      'lk_...4f2a',
      '2099-01-31T00:00:00Z',
      '2099-01-17T00:00:00Z',
    ])
  })

  it('accept every example', async () => {
    await cluster.apply(await readFile(join(examples, '00-namespace.yaml'), 'utf8'))
    for (const file of await readdir(examples, { recursive: true })) {
      if (!file.endsWith('.yaml')) continue
      await cluster
        .kubectl('create', '--dry-run=server', '--validate=strict', '-f', join(examples, file))
        .catch((error) => {
          if (!`${error}`.includes('AlreadyExists')) throw new Error(`${file}: ${error}`)
        })
    }
  })
})

const status = {
  conditions: [
    {
      type: 'Ready',
      status: 'True',
      reason: 'Ready',
      message: 'The key works',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    },
  ],
  current: {
    keyId: 'key-1',
    credentialId: 'credential-1',
    preview: 'lk_...4f2a',
    revision: 1,
    issuedTime: '2026-01-01T00:00:00Z',
    expirationTime: '2099-01-31T00:00:00Z',
    lastUsedTime: '2026-01-01T00:00:00Z',
  },
  nextRotationTime: '2099-01-17T00:00:00Z',
}
