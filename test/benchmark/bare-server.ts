// The yardstick of the verification: a bare `node:http` server that reads the same POST to its end and answers as many bytes,
// without having looked at it. What any service on Node could reach at most.

import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

const [answer = ''] = process.argv.slice(2)
const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) }

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    response.writeHead(200, headers)
    response.end(answer)
  })
})
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo
  process.stdout.write(`The bare server listens on http://127.0.0.1:${port}\n`)
})
process.once('SIGTERM', () => process.exit())
