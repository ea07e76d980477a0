import type { Service } from '../service.ts'
import type { JournalHead } from '../store/port/journal.ts'
import type { StoredLife } from '../store/port/life.ts'

/**
 * Looks whether this store was brought back from a backup: keys that were revoked since would work again. If so it is
 * marked, and verifies nothing until an administrator has decided. Else the marker outside is brought forward. Run at the
 * start and every few seconds; returns whether the store may be trusted. Signs of a restore:
 *
 * - a copy that was made as a backup carries the mark already;
 * - the database is not where it was (`home`): a dump that was read back has new tables;
 * - it is behind the marker, or a file came without its marker.
 */
export async function noticeRestore(
  service: Pick<Service, 'store' | 'clock' | 'marker'>,
  when: 'AtStart' | 'Running' = 'Running',
): Promise<boolean> {
  const { store, clock, marker } = service
  // Before the store: whoever brings the marker forward meanwhile must not make what was read here look old.
  const marked = await marker.read()
  const seen = await store.read(async (tables) => ({
    life: await tables.life.find(),
    home: await tables.life.home(),
    head: await tables.journal.head(),
  }))
  if (seen.life === undefined) return true
  if (seen.life.restored !== null) return false
  const stored = seen.life
  const moved = stored.home !== null && stored.home !== seen.home
  const behind = marked?.life === stored.life && marked.number > seen.head.number
  const unmarked = when === 'AtStart' && cameAlone(store.engine, stored, marked)
  if (moved || behind || unmarked) {
    const restored = { atMs: clock(), number: seen.head.number }
    await store.write((tables) => tables.life.save({ ...stored, restored }))
    return false
  }
  await marker.write(seen.head)
  if (stored.home === null) {
    await store.write((tables) => tables.life.save({ ...stored, home: seen.home }))
  }
  return true
}

/**
 * True for a file without its marker, or with that of another life: they lie together and are written by one process. A
 * replica of a service on PostgreSQL may well be new where it is.
 */
function cameAlone(
  engine: 'sqlite' | 'postgres',
  { life, home }: StoredLife,
  marked: JournalHead | undefined,
): boolean {
  return engine === 'sqlite' && home !== null && marked?.life !== life
}
