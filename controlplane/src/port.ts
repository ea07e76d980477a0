import { randomInt } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { readIfPresent, writePrivateFile } from './private-file.ts'

/**
 * Below the range from which operating systems give ports to outgoing connections: one of those could take the
 * API server's port while it restarts.
 */
const lowestPort = 20_000
const highestPort = 32_000

const attempts = 50

/** The port that the file names when it is still free, else a fresh one, written to the file for the next start. */
export async function reservePort(path: string): Promise<number> {
  const kept = Number(await readIfPresent(path))
  if (kept > 0 && (await isFree(kept))) return kept
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const port = randomInt(lowestPort, highestPort)
    if (!(await isFree(port))) continue
    await writePrivateFile(path, `${port}\n`)
    return port
  }
  throw new Error(`Found no free port between ${lowestPort} and ${highestPort} on 127.0.0.1`)
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return true
  } catch {
    return false
  } finally {
    server.close()
  }
}
