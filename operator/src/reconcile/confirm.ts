import { type KeyRecord, type KeyServicePort, markFilter, markFromMetadata } from '@latchkey/core'
import { type Scene, type World, withKeys } from './scene.ts'

/**
 * Reads the keys of one ApiKey at the service, to the last page. A key that the Secret names and that the list lacks is
 * asked for by its id as well: only when both say no is it gone.
 */
export async function confirm(world: World, scene: Scene, port: KeyServicePort): Promise<Scene> {
  const { cluster, uid } = scene.desired.identity
  const records: KeyRecord[] = []
  for await (const record of port.list(markFilter({ cluster, uid }))) records.push(record)
  const { secret } = scene.observed
  if (secret.kind === 'ours' && !records.some((record) => record.id === secret.keyId)) {
    const record = await port.get(secret.keyId)
    if (record !== undefined && markFromMetadata(record.metadata)?.uid === uid) records.push(record)
  }
  const view = scene.service.connection?.view
  view?.replace(uid, records)
  world.log.debug({ uid, keys: records.length }, 'Looked up the keys of one ApiKey')
  return withKeys(scene, view?.keysOf(uid) ?? [], true)
}
