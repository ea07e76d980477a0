import { sql } from 'kysely'
import { Client } from 'pg'

// A replica that was killed has no way to say so, but PostgreSQL knows within a moment: its connections end with the process.
// So each replica keeps one with a lock by its name, for as long as it lives. One that was only stopped keeps it too, and is
// waited for.

/** How a replica shows the others that its process lives. */
export interface Presence {
  /** Shows it from now on, over lost connections too. Safe to repeat. */
  announce(replica: string): Promise<void>
  close(): Promise<void>
}

/** Any number, as long as nothing else takes it: the kind of these locks. */
const kind = 7_220_842
const againAfterMs = 1000

export function presence(url: string): Presence {
  let shown: Promise<Client> | undefined
  let closed = false

  const open = async (replica: string): Promise<Client> => {
    const client = new Client({ connectionString: url, keepAlive: true })
    client.on('error', () => {})
    try {
      await client.connect()
      // Shared: the connection of before may not have ended yet for PostgreSQL, and must not be waited for.
      await client.query('select pg_advisory_lock_shared($1, hashtext($2))', [kind, replica])
    } catch (error) {
      shown = undefined
      await client.end().catch(() => {})
      throw error
    }
    client.once('end', () => {
      shown = undefined
      // What fails again is tried again with the next report.
      setTimeout(() => void announce(replica).catch(() => {}), againAfterMs).unref()
    })
    return client
  }
  const announce = async (replica: string) => {
    if (closed) return
    shown ??= open(replica)
    await shown
  }
  return {
    announce,
    async close() {
      closed = true
      await (await shown?.catch(() => undefined))?.end()
    },
  }
}

/** A condition on the table of replicas: that the process of one shows itself. */
export const isHere = sql<boolean>`exists (
  select 1 from pg_locks l
  where l.locktype = 'advisory' and l.granted and l.objsubid = 2 and l.classid = ${sql.lit(kind)}
    and l.objid::bigint = hashtext(replicas.id)::bigint & 4294967295
    and l.database = (select oid from pg_database where datname = current_database()))`
