import { describe, expect, test } from 'vitest'
import { widgets } from '../../e2e/widgets.ts'
import { namespace, type Widget, type World } from './world.ts'

/** How an API server gives many objects. */
export function listContract(world: () => World): void {
  describe('lists', () => {
    test('come in pages that show one moment', async () => {
      const { client, create } = world()
      for (const index of [1, 2, 3, 4, 5])
        await create(`page-${index}`, index, { labels: { set: 'pages' } })
      const options = { namespace, labelSelector: 'set=pages', limit: 2 }
      const first = await client.listPage<Widget>(widgets, options)
      await client.delete(widgets, { namespace, name: 'page-5' })
      const second = await client.listPage<Widget>(widgets, {
        ...options,
        continueToken: first.continueToken,
      })
      const third = await client.listPage<Widget>(widgets, {
        ...options,
        continueToken: second.continueToken,
      })
      const sizes = [first, second, third].map(({ items }) => items.map(({ spec }) => spec.size))
      expect(sizes).toEqual([[1, 2], [3, 4], [5]])
      expect(second.resourceVersion).toBe(first.resourceVersion)
      expect(third.continueToken).toBeUndefined()
    })
  })
}
