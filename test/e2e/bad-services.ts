// Things at the other end of `spec.url` that are no key service.

import { createServer } from 'node:http'
import { type AddressInfo, createServer as createSocketServer, type Server } from 'node:net'

/** Something that listens. */
export interface BadService {
  readonly url: string
  close(): void
}

/** Answers everything with this. */
export function startAnswering(status: number, type: string, body: string): Promise<BadService> {
  return listen(
    createServer((incoming, outgoing) => {
      incoming.resume()
      outgoing.writeHead(status, { 'content-type': type }).end(body)
    }),
  )
}

/** Takes connections and never says a word. */
export function startBlackHole(): Promise<BadService> {
  return listen(createSocketServer(() => undefined))
}

/** A port at which nothing listens, until a test does. */
export async function closedPort(): Promise<number> {
  const { url, close } = await listen(createSocketServer())
  close()
  return Number(new URL(url).port)
}

function listen(server: Server): Promise<BadService> {
  return new Promise((resolve, reject) => {
    const sockets = new Set<{ destroy(): void }>()
    server.on('connection', (socket) => {
      sockets.add(socket)
      socket.once('close', () => sockets.delete(socket))
    })
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      resolve({
        url: `http://127.0.0.1:${port}`,
        close() {
          server.close()
          for (const socket of sockets) socket.destroy()
        },
      })
    })
  })
}
