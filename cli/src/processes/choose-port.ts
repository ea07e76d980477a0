import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

/** The first of these ports of 127.0.0.1 that is free, else any. */
export async function choosePort(wished: readonly number[] = []): Promise<number> {
  for (const port of [...wished, 0]) {
    const free = await tryPort(port)
    if (free !== undefined) return free
  }
  throw new Error('There is no free port on 127.0.0.1')
}

async function tryPort(port: number): Promise<number | undefined> {
  const server = createServer()
  try {
    server.listen({ port, host: '127.0.0.1', exclusive: true })
    await once(server, 'listening')
    return (server.address() as AddressInfo).port
  } catch {
    return undefined
  } finally {
    server.close()
  }
}
