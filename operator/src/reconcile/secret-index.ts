import type { Change } from '../runtime/record-store.ts'
import type { SecretRecord } from './secret-record.ts'

/** Names of the Secrets of each ApiKey, by its uid: finds those of a former `secret.name`. */
export interface SecretIndex {
  readonly update: (change: Change<SecretRecord>) => void
  readonly namesOf: (ownerUid: string) => readonly string[]
}

/** An index that follows the Secret informer. */
export function createSecretIndex(): SecretIndex {
  const names = new Map<string, readonly string[]>()

  function remove({ ownerUid, name }: SecretRecord): void {
    const left = (names.get(ownerUid) ?? []).filter((other) => other !== name)
    if (left.length === 0) names.delete(ownerUid)
    else names.set(ownerUid, left)
  }

  return {
    update({ kind, record, previous }) {
      if (previous !== undefined) remove(previous)
      if (kind === 'deleted') remove(record)
      else if (record.ownerUid !== '') {
        names.set(record.ownerUid, [...(names.get(record.ownerUid) ?? []), record.name])
      }
    },
    namesOf: (ownerUid) => names.get(ownerUid) ?? [],
  }
}
