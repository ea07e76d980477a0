import { describe, expect, it } from 'vitest'
import { placeOf } from '../cluster/kinds.ts'
import { readExamples } from './examples.ts'

describe('the examples', () => {
  it('get the address at which the key service really listens', async () => {
    const { services } = await readExamples('http://127.0.0.1:4711')
    expect(services).toHaveLength(1)
    expect(services[0]).toMatchObject({ spec: { url: 'http://127.0.0.1:4711', default: true } })
  })

  it('are objects that this command knows how to apply, and to find again', async () => {
    const { namespaces, services, apiKeys, workloads } = await readExamples('http://127.0.0.1:1')
    for (const manifest of [...namespaces, ...services, ...apiKeys, ...workloads]) {
      expect(placeOf(manifest).name.name).not.toBe('')
      expect(manifest.metadata.labels).toMatchObject({ 'app.kubernetes.io/part-of': 'latchkey' })
    }
    expect(apiKeys.length).toBeGreaterThan(1)
  })

  it('tell which scopes the operator must be able to grant', async () => {
    const { scopes } = await readExamples('http://127.0.0.1:1')
    expect(scopes).toContain('readApplications')
    expect(scopes).toEqual([...new Set(scopes)].sort())
  })
})
