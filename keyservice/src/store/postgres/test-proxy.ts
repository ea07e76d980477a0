import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

// A connection that breaks at the worst instant: between the service and PostgreSQL, where the test says so.

/** Where the next commit meets its end: before PostgreSQL has it, or before its answer is back. */
export type Cut = 'BeforePostgres' | 'BeforeTheAnswer'

export interface CommitProxy {
  /** The database of before, through here. */
  readonly url: string
  /** Breaks the connection of the next commit, and of no other. */
  cutNextCommit(cut: Cut): void
  /** How many it broke. */
  readonly cuts: () => number
  stop(): Promise<void>
}

/** Stands before a database: passes everything on but the commits that it is told to cut. */
export async function startCommitProxy(databaseUrl: string): Promise<CommitProxy> {
  const database = new URL(databaseUrl)
  const open = new Set<Socket>()
  let next: Cut | undefined
  let cuts = 0
  const server = createServer((client) => {
    const postgres = connect(Number(database.port), database.hostname)
    const cut = () => {
      cuts++
      client.destroy()
      postgres.destroy()
    }
    for (const socket of [client, postgres]) {
      open.add(socket)
      socket.on('error', () => {})
      socket.on('close', () => {
        open.delete(socket)
        client.destroy()
        postgres.destroy()
      })
    }
    let answerIsCut = false
    client.on('data', (chunk) => {
      const where = /\bcommit\0/i.test(chunk.toString('latin1')) ? next : undefined
      if (where !== undefined) next = undefined
      if (where === 'BeforePostgres') return cut()
      if (where === 'BeforeTheAnswer') answerIsCut = true
      postgres.write(chunk)
    })
    postgres.on('data', (chunk) => (answerIsCut ? cut() : client.write(chunk)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    url: Object.assign(new URL(databaseUrl), { host: `127.0.0.1:${port}` }).href,
    cutNextCommit: (cut) => {
      next = cut
    },
    cuts: () => cuts,
    async stop() {
      const closed = once(server, 'close')
      server.close()
      for (const socket of open) socket.destroy()
      await closed
    },
  }
}
