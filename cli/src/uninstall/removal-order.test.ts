import { describe, expect, it } from 'vitest'
import { resourceOf } from '../cluster/kinds.ts'
import { removalOrder, type Stage } from './removal-order.ts'

const position = (holds: (stage: Stage) => boolean) => {
  const index = removalOrder.findIndex(holds)
  expect(index).toBeGreaterThanOrEqual(0)
  return index
}
const removes = (kind: string) => (stage: Stage) =>
  stage.kind === 'objects' && stage.only === undefined && stage.kinds.some((a) => a.kind === kind)

describe('the order in which Latchkey leaves a cluster', () => {
  it('begins with the injection, which is in the way of other people’s pods', () => {
    expect(removalOrder[0]).toMatchObject({ kind: 'objects', only: 'inject.latchkey.dev' })
  })

  it('revokes while services, credentials, rights and the operator are still there', () => {
    const revoked = position(({ kind }) => kind === 'apiKeys')
    const services = position(({ kind }) => kind === 'keyServices')
    const operator = position(({ kind }) => kind === 'operator')
    expect(revoked).toBeLessThan(services)
    expect(services).toBeLessThan(operator)
    expect(operator).toBeLessThan(position(removes('ClusterRole')))
    expect(operator).toBeLessThan(position(removes('Secret')))
  })

  it('takes the policies before the CRDs that they speak of, and the namespaces last', () => {
    const definitions = position(removes('CustomResourceDefinition'))
    expect(position(removes('ValidatingAdmissionPolicy'))).toBeLessThan(definitions)
    expect(removalOrder.at(-1)).toEqual({ kind: 'namespaces' })
    expect(definitions).toBe(removalOrder.length - 2)
  })

  it('takes every binding before what it binds', () => {
    for (const stage of removalOrder) {
      const kinds = stage.kind === 'objects' ? stage.kinds.map(({ kind }) => kind) : []
      for (const kind of kinds.filter((name) => name.endsWith('Binding'))) {
        expect(kinds.indexOf(kind)).toBeLessThan(kinds.indexOf(kind.replace('Binding', '')))
      }
    }
  })

  it('speaks of kinds that can be addressed', () => {
    for (const stage of removalOrder) {
      for (const kind of stage.kind === 'objects' ? stage.kinds : []) {
        expect(() => resourceOf({ ...kind, metadata: {} })).not.toThrow()
      }
    }
  })
})
