import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ApiObject } from './api-client.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

const examples = join(import.meta.dirname, '../../examples/yaml')
const namespace = 'latchkey-demo'

let world: World
beforeAll(async () => {
  world = await startWorld({ namespaces: [namespace] })
  for (const file of (await readdir(examples)).filter((name) => name.endsWith('.yaml')).sort()) {
    const yaml = await readFile(join(examples, file), 'utf8')
    await world.cluster.apply(yaml.replace('http://127.0.0.1:8085', world.keyService.url))
  }
  await world.startOperator()
})
afterAll(() => world?.stop())

async function list(path: string): Promise<readonly ApiObject[]> {
  const { object, message } = await world.cluster.request('GET', path)
  if (object === undefined) throw new Error(message)
  return (object as unknown as { readonly items: readonly ApiObject[] }).items
}

/** The entries of a Secret, decoded. */
async function entries(name: string): Promise<Readonly<Record<string, string>>> {
  const path = `/api/v1/namespaces/${namespace}/secrets/${name}`
  const { object } = await world.cluster.request('GET', path)
  const data = (object?.data ?? {}) as Readonly<Record<string, string>>
  return Object.fromEntries(
    Object.entries(data).map(([entry, text]) => [entry, Buffer.from(text, 'base64').toString()]),
  )
}

describe('the examples', () => {
  it('become keys that are ready', async () => {
    await until('every ApiKey is ready', async () => {
      const keys = await list(`/apis/latchkey.dev/v1alpha1/namespaces/${namespace}/apikeys`)
      const ready = keys.filter((key) =>
        JSON.stringify(key.status ?? {}).includes('"reason":"Ready"'),
      )
      return keys.length === 4 && ready.length === 4
    })
  })

  it('become Secrets in the form that each asks for', async () => {
    const token = expect.stringMatching(/^lk_\w{30,}$/)
    expect(await entries('analytics')).toEqual({ token })
    expect(await entries('billing')).toEqual({ token })
    expect(await entries('scraper')).toEqual({ username: expect.any(String), password: token })
    expect((await entries('mobile'))['settings.env']).toMatch(
      /^API_KEY_ID=\S+\nAPI_TOKEN=lk_\w+\n$/,
    )
  })

  it('let the pod of the Deployment find everything that it refers to', async () => {
    const pods = await list(`/api/v1/namespaces/${namespace}/pods`)
    const [pod] = pods as readonly (ApiObject & { readonly spec: PodSpec })[]
    const variables = pod?.spec.containers[0]?.env ?? []
    expect(variables.map(({ name }) => name)).toEqual(['ANALYTICS_TOKEN', 'BILLING_TOKEN'])
    for (const { valueFrom } of variables) {
      expect(await entries(valueFrom.secretKeyRef.name)).toHaveProperty(valueFrom.secretKeyRef.key)
    }
    expect(pod?.spec.volumes).toContainEqual(
      expect.objectContaining({ secret: expect.objectContaining({ secretName: 'mobile' }) }),
    )
  })
})

interface PodSpec {
  readonly containers: readonly {
    readonly env?: readonly {
      readonly name: string
      readonly valueFrom: { readonly secretKeyRef: { readonly name: string; readonly key: string } }
    }[]
  }[]
  readonly volumes?: readonly object[]
}
