import { describe, expect, test } from 'vitest'
import { isConflict, isInvalid, isNotFound } from '../../../operator/src/runtime/api-error.ts'
import { widget, widgets } from '../../e2e/widgets.ts'
import { failure, namespace, type Widget, type World } from './world.ts'

/** What an API server makes of a change: what it counts, what it refuses, what it leaves alone. */
export function changeContract(world: () => World): void {
  describe('a change', () => {
    test('of the spec raises version and generation; of metadata, the version alone; of nothing, nothing', async () => {
      const { client, create } = world()
      const created = await create('counts')
      const name = { namespace, name: 'counts' }
      const spec = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(spec.metadata.generation).toBe(2)
      expect(Number(spec.metadata.resourceVersion)).toBeGreaterThan(
        Number(created.metadata.resourceVersion),
      )
      const labels = await client.mergePatch<Widget>(widgets, name, {
        metadata: { labels: { a: 'b' } },
      })
      expect(labels.metadata.generation).toBe(2)
      expect(labels.metadata.resourceVersion).not.toBe(spec.metadata.resourceVersion)
      const nothing = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(nothing.metadata.resourceVersion).toBe(labels.metadata.resourceVersion)
    })

    test('of the status leaves the rest alone, and the rest leaves the status alone', async () => {
      const { client, create } = world()
      await create('halves')
      const name = { namespace, name: 'halves' }
      const both = { spec: { size: 7 }, status: { seen: 1 } }
      const status = await client.mergePatch<Widget>(widgets, name, both, { subresource: 'status' })
      expect(status).toMatchObject({
        spec: { size: 1 },
        status: { seen: 1 },
        metadata: { generation: 1 },
      })
      const rest = await client.mergePatch<Widget>(widgets, name, {
        spec: { size: 8 },
        status: { seen: 2 },
      })
      expect(rest).toMatchObject({
        spec: { size: 8 },
        status: { seen: 1 },
        metadata: { generation: 2 },
      })
    })

    test('of an older version is a Conflict, by PUT and by guarded patch', async () => {
      const { client, create } = world()
      const old = await create('guarded')
      const name = { namespace, name: 'guarded' }
      const newer = await client.mergePatch<Widget>(widgets, name, { spec: { size: 2 } })
      expect(isConflict(await failure(client.replace(widgets, old)))).toBe(true)
      const guard = { resourceVersion: old.metadata.resourceVersion ?? '' }
      expect(
        isConflict(await failure(client.mergePatch(widgets, name, { spec: { size: 3 } }, guard))),
      ).toBe(true)
      const replaced = await client.replace<Widget>(widgets, {
        ...newer,
        spec: { size: 4 },
      } as Widget)
      expect(replaced.spec.size).toBe(4)
      const guardNow = { resourceVersion: replaced.metadata.resourceVersion ?? '' }
      const patched = await client.mergePatch<Widget>(
        widgets,
        name,
        { spec: { size: 5 } },
        guardNow,
      )
      expect(patched.spec.size).toBe(5)
    })

    test('of a custom resource by PUT needs the version that it is based on', async () => {
      const { client, create } = world()
      await create('based')
      expect(isInvalid(await failure(client.replace(widgets, widget('based', 2))))).toBe(true)
    })

    test('by JSON patch happens as a whole or not at all', async () => {
      const { client, create, get } = world()
      await create('steps')
      const name = { namespace, name: 'steps' }
      const wrong = client.jsonPatch(widgets, name, [
        { op: 'replace', path: '/spec/size', value: 5 },
        { op: 'test', path: '/spec/size', value: 6 },
      ])
      expect(isInvalid(await failure(wrong))).toBe(true)
      expect((await get('steps')).spec.size).toBe(1)
      const right = await client.jsonPatch<Widget>(widgets, name, [
        { op: 'test', path: '/spec/size', value: 1 },
        { op: 'add', path: '/metadata/annotations', value: { 'a/b': 'c' } },
        { op: 'remove', path: '/metadata/annotations/a~1b' },
        { op: 'replace', path: '/spec/size', value: 5 },
      ])
      expect(right.spec.size).toBe(5)
    })

    test('of what is not there is NotFound', async () => {
      const { client } = world()
      const patch = client.mergePatch(
        widgets,
        { namespace, name: 'nowhere' },
        { spec: { size: 2 } },
      )
      expect(isNotFound(await failure(patch))).toBe(true)
    })
  })
}
