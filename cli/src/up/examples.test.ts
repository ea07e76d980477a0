import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
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

  it.each([
    ['kind: [', /broken\.yaml is not YAML: /],
    [
      'just words',
      /broken\.yaml: every object needs apiVersion, kind and metadata\.name; add them/,
    ],
    [apiKey('{ scopes: read }'), /ApiKey api in .*: spec\.scopes: must be a list, not text: write/],
    [apiKey('{ scopez: [] }'), /spec: unknown field scopez: remove it or correct its spelling/],
    [
      'apiVersion: latchkey.dev/v1alpha1\nkind: KeyService\nmetadata: { name: s }\n',
      /KeyService s in .*: spec\.url: is missing: set it to text; spec\.credentials: is missing/,
    ],
  ])('that somebody broke are told with file and field: %j', async (text, sentence) => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-examples-'))
    onTestFinished(() => rm(folder, { recursive: true }))
    await writeFile(join(folder, 'broken.yaml'), text)
    await expect(readExamples('http://127.0.0.1:1', folder)).rejects.toThrow(sentence)
  })
})

function apiKey(spec: string): string {
  return `apiVersion: latchkey.dev/v1alpha1\nkind: ApiKey\nmetadata: { name: api }\nspec: ${spec}\n`
}
