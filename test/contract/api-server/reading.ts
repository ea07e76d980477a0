import { describe, expect, test } from 'vitest'
import { configMaps, failure, namespace, type World } from './world.ts'

/** What an API server answers to who reads one object. */
export function readingContract(world: () => World): void {
  describe('reading', () => {
    test('what is not there is NotFound', async () => {
      const { get } = world()
      const error = await failure(get('nowhere'))
      expect(error).toMatchObject({ status: 404, reason: 'NotFound', details: { name: 'nowhere' } })
    })

    test('as metadata alone shows nothing else', async () => {
      const { client } = world()
      const object = { metadata: { namespace, name: 'private' }, data: { secret: 'x' } }
      await client.create(configMaps, { apiVersion: 'v1', kind: 'ConfigMap', ...object })
      const read = await client.get(
        configMaps,
        { namespace, name: 'private' },
        { metadataOnly: true },
      )
      expect(read).toMatchObject({ kind: 'PartialObjectMetadata', metadata: { name: 'private' } })
      expect(read).not.toHaveProperty('data')
    })
  })
}
