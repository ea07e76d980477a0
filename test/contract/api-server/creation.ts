import { describe, expect, test } from 'vitest'
import { isAlreadyExists, isNotFound } from '../../../operator/src/runtime/api-error.ts'
import { widget, widgets } from '../../e2e/widgets.ts'
import { failure, namespace, type Widget, type World } from './world.ts'

/** What an API server does with a new object, and with one that only seems to be. */
export function creationContract(world: () => World): void {
  describe('creation', () => {
    test('gives uid, version, time and generation, and drops the status', async () => {
      const { client, get } = world()
      const created = await client.create<Widget>(widgets, {
        ...widget('new', 1),
        status: { seen: 9 },
      } as Widget)
      expect(created.metadata).toMatchObject({
        name: 'new',
        namespace,
        generation: 1,
        uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
        resourceVersion: expect.stringMatching(/^[1-9][0-9]*$/),
        creationTimestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      })
      expect(created.status).toBeUndefined()
      expect(await get('new')).toMatchObject({ metadata: created.metadata, spec: { size: 1 } })
    })

    test('of a name that is taken is AlreadyExists', async () => {
      const { create } = world()
      await create('taken')
      expect(isAlreadyExists(await failure(create('taken')))).toBe(true)
    })

    test('as a dry run stores nothing, and still finds that a name is taken', async () => {
      const { client, create, get } = world()
      const dry = await client.create<Widget>(widgets, widget('dry', 1), { dryRun: true })
      expect(dry.metadata.uid).toBeDefined()
      expect(isNotFound(await failure(get('dry')))).toBe(true)
      await create('dry')
      expect(
        isAlreadyExists(await failure(client.create(widgets, widget('dry', 1), { dryRun: true }))),
      ).toBe(true)
    })

    test('makes up a name from generateName', async () => {
      const { client } = world()
      const metadata = { namespace, generateName: 'made-' }
      const created = await client.create(widgets, { ...widget('', 1), metadata })
      expect(created.metadata.name).toMatch(/^made-.{5}$/)
    })
  })
}
