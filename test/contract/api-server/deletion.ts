import { describe, expect, test } from 'vitest'
import { isConflict, isNotFound } from '../../../operator/src/runtime/api-error.ts'
import { widgets } from '../../e2e/widgets.ts'
import { failure, namespace, type World } from './world.ts'

/** When an API server lets an object go. */
export function deletionContract(world: () => World): void {
  describe('deletion', () => {
    test('removes at once what has no finalizer', async () => {
      const { client, create, get } = world()
      await create('simple')
      await client.delete(widgets, { namespace, name: 'simple' })
      expect(isNotFound(await failure(get('simple')))).toBe(true)
      expect(isNotFound(await failure(client.delete(widgets, { namespace, name: 'simple' })))).toBe(
        true,
      )
    })

    test('of another incarnation or version is a Conflict', async () => {
      const { client, create } = world()
      const created = await create('exact')
      const name = { namespace, name: 'exact' }
      const uid = '00000000-0000-0000-0000-000000000000'
      expect(isConflict(await failure(client.delete(widgets, name, { uid })))).toBe(true)
      await client.mergePatch(widgets, name, { spec: { size: 2 } })
      const resourceVersion = created.metadata.resourceVersion ?? ''
      expect(isConflict(await failure(client.delete(widgets, name, { resourceVersion })))).toBe(
        true,
      )
      await client.delete(widgets, name, { uid: created.metadata.uid ?? '' })
    })

    test('waits for the finalizers, and ends with the last of them', async () => {
      const { client, create, get } = world()
      await create('held', 1, { finalizers: ['runtime.test/one', 'runtime.test/two'] })
      const name = { namespace, name: 'held' }
      await client.delete(widgets, name)
      const held = await get('held')
      expect(held.metadata.deletionTimestamp).toBeDefined()
      expect(held.metadata.generation).toBe(2)
      const finalizers = (list: string[]) =>
        client.mergePatch(widgets, name, { metadata: { finalizers: list } })
      await finalizers(['runtime.test/two'])
      expect((await get('held')).metadata.finalizers).toEqual(['runtime.test/two'])
      await finalizers([])
      expect(isNotFound(await failure(get('held')))).toBe(true)
    })
  })
}
