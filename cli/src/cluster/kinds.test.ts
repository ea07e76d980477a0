import { describe, expect, it } from 'vitest'
import { placeOf, resourceOf } from './kinds.ts'

describe('resourceOf', () => {
  it('knows kinds of the core group, of a group, and those without a namespace', () => {
    expect(resourceOf({ apiVersion: 'v1', kind: 'Secret', metadata: {} })).toEqual({
      group: '',
      version: 'v1',
      plural: 'secrets',
      namespaced: true,
    })
    expect(
      resourceOf({
        apiVersion: 'latchkey.dev/v1alpha1',
        kind: 'ClusterKeyService',
        metadata: {},
      }),
    ).toEqual({
      group: 'latchkey.dev',
      version: 'v1alpha1',
      plural: 'clusterkeyservices',
      namespaced: false,
    })
  })

  it('refuses what is not ours to apply, by its name', () => {
    const job = { apiVersion: 'batch/v1', kind: 'Job', metadata: { name: 'x' } }
    expect(() => placeOf(job)).toThrow('batch/v1 Job is no kind that Latchkey applies')
  })
})
