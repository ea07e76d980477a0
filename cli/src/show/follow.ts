import {
  apiKeys,
  type Change,
  createInformer,
  eventResource,
  type InformedRecord,
  type Informer,
  type KubeClient,
  type KubeObject,
  managedBy,
  managedByLabel,
  type Resource,
  secrets,
  systemClock,
} from '@latchkey/operator'
import { withoutEchoes } from './echoes.ts'
import type { Happening } from './event-line.ts'
import {
  apiKeyNews,
  decodeApiKey,
  decodeEvent,
  decodeSecret,
  eventNews,
  secretNews,
} from './happenings.ts'

/** Tells of everything that happens from now on. Resolves when it has begun to listen. */
export async function follow(
  client: KubeClient,
  tell: (happening: Happening) => void,
): Promise<AsyncDisposable> {
  const clock = systemClock()
  const isNew = withoutEchoes()
  const watch = <R extends InformedRecord>(
    what: { readonly resource: Resource; readonly labelSelector?: string },
    decode: (object: KubeObject) => R,
    news: (change: Change<R>) => Omit<Happening, 'time'> | undefined,
    options: { readonly metadataOnly?: boolean } = {},
  ): Informer<R> =>
    createInformer<R>({
      client,
      clock,
      ...what,
      ...options,
      decode,
      onChange: (change) => {
        const told = change.initial ? undefined : news(change)
        if (told && isNew(told, clock.now())) tell({ ...told, time: new Date(clock.now()) })
      },
    })
  const ours = { resource: secrets, labelSelector: `${managedByLabel}=${managedBy}` }
  const informers = [
    watch({ resource: apiKeys }, decodeApiKey, apiKeyNews),
    // Metadata alone: a token never enters this process this way.
    watch(ours, decodeSecret, secretNews, { metadataOnly: true }),
    watch({ resource: eventResource }, decodeEvent, eventNews),
  ]
  for (const informer of informers) informer.start()
  await Promise.all(informers.map(({ synced }) => synced))
  return {
    [Symbol.asyncDispose]: async () => {
      await Promise.all(informers.map((informer) => informer.stop()))
    },
  }
}
