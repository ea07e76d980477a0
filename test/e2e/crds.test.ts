import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
})
afterAll(() => cluster?.stop())

describe('the CRDs', () => {
  it('make three kinds that kubectl knows by short names', async () => {
    const names = await cluster.kubectl('api-resources', '--categories', 'latchkey')
    expect(names).toMatch(/^apikeys +ak +latchkey.dev\/v1alpha1 +true +ApiKey$/m)
    expect(names).toMatch(/^keyservices +ks +latchkey.dev\/v1alpha1 +true +KeyService$/m)
    expect(names).toMatch(/^clusterkeyservices +cks +latchkey.dev\/v1alpha1 +false +Cluster/m)
  })
})
