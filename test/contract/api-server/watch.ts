import { describe, expect, test } from 'vitest'
import { isGone } from '../../../operator/src/runtime/api-error.ts'
import { widgets } from '../../e2e/widgets.ts'
import { type Event, namespace, type Widget, type World } from './world.ts'

/** What an API server tells those who watch. */
export function watchContract(world: () => World): void {
  describe('watches', () => {
    test('stream what there is, say when that is over, and go on with what happens', async () => {
      const { client, create, watch } = world()
      await create('stream-1', 1, { labels: { set: 'stream' } })
      const query = { sendInitialEvents: 'true', resourceVersionMatch: 'NotOlderThan' }
      let acted = false
      const events = await watch(
        query,
        (seen) => {
          const last = seen.at(-1)
          if (last?.type === 'BOOKMARK' && !acted) {
            acted = true
            expect(last.object.metadata.annotations).toEqual({
              'k8s.io/initial-events-end': 'true',
            })
            const name = { namespace, name: 'stream-1' }
            client
              .mergePatch(widgets, name, { spec: { size: 2 } })
              .then(() => client.delete(widgets, name))
              .catch(expect.unreachable)
          }
          return last?.type === 'DELETED'
        },
        { labelSelector: 'set=stream' },
      )
      const kinds = events.map(({ type }) => type)
      expect(kinds.filter((type, index) => type !== 'BOOKMARK' || index === 1)).toEqual([
        'ADDED',
        'BOOKMARK',
        'MODIFIED',
        'DELETED',
      ])
      const versions = events.map(({ object }) => Number(object.metadata.resourceVersion))
      expect(versions).toEqual([...versions].sort((left, right) => left - right))
    })

    test('resume after a version, and tell who came into and went out of the selection', async () => {
      const { client, create, watch } = world()
      const created = await create('selected', 1, { labels: { set: 'other' } })
      const name = { namespace, name: 'selected' }
      const label = (set: string) =>
        client.mergePatch<Widget>(widgets, name, { metadata: { labels: { set } } })
      await label('mine')
      const out = await label('other')
      const events = await watch(
        { resourceVersion: created.metadata.resourceVersion ?? '' },
        (seen) => seen.length === 2,
        { labelSelector: 'set=mine' },
      )
      expect(events.map(({ type }) => type)).toEqual(['ADDED', 'DELETED'])
      expect(events[1]?.object.metadata.resourceVersion).toBe(out.metadata.resourceVersion)
    })

    test('tell of an end by finalizer under no older version than the answer to the write has', async () => {
      const { client, create, watch } = world()
      const created = await create('ended', 1, { finalizers: ['runtime.test/one'] })
      const name = { namespace, name: 'ended' }
      await client.delete(widgets, name)
      const answer = await client.mergePatch<Widget>(widgets, name, {
        metadata: { finalizers: [] },
      })
      const version = created.metadata.resourceVersion ?? ''
      const events = await watch(
        { resourceVersion: version },
        (seen) => seen.at(-1)?.type === 'DELETED',
      )
      const ended = Number(events.at(-1)?.object.metadata.resourceVersion)
      expect(ended).toBeGreaterThanOrEqual(Number(answer.metadata.resourceVersion))
    })

    test('show metadata alone when asked to', async () => {
      const { client, create, watch } = world()
      const created = await create('shown')
      await client.mergePatch(widgets, { namespace, name: 'shown' }, { spec: { size: 2 } })
      const version = created.metadata.resourceVersion ?? ''
      const events = await watch({ resourceVersion: version }, (seen) => seen.length === 1, {
        metadataOnly: true,
      })
      expect(events[0]?.object).toMatchObject({
        kind: 'PartialObjectMetadata',
        metadata: { name: 'shown' },
      })
      expect(events[0]?.object).not.toHaveProperty('spec')
    })

    test('from a version that is not kept any more end with 410', async () => {
      const { watch } = world()
      const seen: Event[] = []
      const error: unknown = await watch({ resourceVersion: '1' }, (events) => {
        seen.splice(0, seen.length, ...events)
        return true
      }).catch((reason: unknown) => reason)
      const event = seen[0]
      expect(isGone(error) || (event?.type === 'ERROR' && event.object.code === 410)).toBe(true)
    })
  })
}
