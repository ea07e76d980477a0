import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { keyRecord } from '@latchkey/core'
import { afterAll, beforeAll, expect, test } from 'vitest'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-program-'))
})
afterAll(() => rm(folder, { recursive: true }))

const main = join(import.meta.dirname, 'main.ts')
const backup = join(import.meta.dirname, 'backup.ts')

/** Starts the program and waits until it says where it listens. */
async function start(environment: Record<string, string> = {}) {
  const program = spawn(process.execPath, [main], {
    env: { ...process.env, LATCHKEY_DATA: folder, LATCHKEY_PORT: '0', ...environment },
  })
  let output = ''
  const url = await new Promise<string>((resolve, reject) => {
    program.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      const listening = /listens on (http:\S+)/.exec(output)?.[1]
      if (listening !== undefined) resolve(listening)
    })
    program.once('exit', () => reject(new Error(output)))
  })
  return { program, url, output: () => output }
}

async function stop(program: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  const ended = once(program, 'exit')
  program.kill(signal)
  const [code] = await ended
  return code
}

const credential = async () => (await readFile(join(folder, 'admin-credential'), 'utf8')).trim()

test('the program says where it listens and where the credential lies, and never the credential', async () => {
  const { program, output } = await start()
  const file = join(folder, 'admin-credential')
  expect(output()).toContain(file)
  expect(output()).toContain('curl -X POST')
  expect(output()).not.toContain(await credential())
  for (const written of [file, join(folder, 'keys.sqlite'), join(folder, 'uses.sqlite')]) {
    expect((await stat(written)).mode & 0o777).toBe(0o600)
  }
  expect(await stop(program, 'SIGINT')).toBe(0)
})

test('A10: a stop writes the uses that have gathered, and a second start keeps keys and credential', async () => {
  const first = await start()
  const headers = { authorization: `Bearer ${await credential()}` }
  await fetch(`${first.url}/whoami`, { headers })
  expect(await stop(first.program, 'SIGTERM')).toBe(0)
  const second = await start()
  const whoami = await fetch(`${second.url}/whoami`, { headers })
  const { keyId } = (await whoami.json()) as { keyId: string }
  const answer = await fetch(`${second.url}/apikeys/${keyId}`, { headers })
  expect(keyRecord.parse(await answer.json()).lastUsedTime).toBeDefined()
  await stop(second.program, 'SIGTERM')
})

/** What a program says when it does not do its work. */
async function refusal(
  environment: Record<string, string>,
  file = main,
  ...args: readonly string[]
): Promise<string> {
  const env = { ...process.env, ...environment }
  const program = spawn(process.execPath, [file, ...args], { env })
  let errors = ''
  program.stderr.on('data', (chunk: Buffer) => {
    errors += chunk
  })
  const [code] = await once(program, 'close')
  expect(code).toBe(1)
  return errors
}

test('a wrong configuration is told whole, and the program ends', async () => {
  const errors = await refusal({ LATCHKEY_PORT: 'seven', LATCHKEY_LOG_LEVEL: 'loud' })
  expect(errors).toContain('port')
  expect(errors).toContain('logLevel')
})

test('a start without the credential says that it is elsewhere', async () => {
  const first = await start()
  await stop(first.program, 'SIGTERM')
  await rm(join(folder, 'admin-credential'))
  const { program, output } = await start()
  expect(output()).toContain('was made by another start of this store')
  expect(output()).not.toContain('curl')
  await stop(program, 'SIGTERM')
})

test.each([
  ['that is not there', undefined, 'cannot be read (ENOENT)'],
  ['that is no YAML', 'plans: [', 'is not YAML: Flow sequence'],
  ['that is a list', '- preset', 'must have settings by their names'],
])(
  'a configuration file %s is told by its name, without a trace of the program',
  async (...each) => {
    const [, text, message] = each
    const file = join(folder, 'settings.yaml')
    if (text !== undefined) await writeFile(file, text)
    const errors = await refusal({ LATCHKEY_CONFIG: file })
    expect(errors).toContain(`${file}, named by LATCHKEY_CONFIG, ${message}`)
    expect(errors).not.toContain('    at ')
  },
)

test('a backup of a folder without a store says which setting names it', async () => {
  const errors = await refusal({ LATCHKEY_DATA: join(folder, 'none') }, backup)
  expect(errors).toContain(`There is no store at ${join(folder, 'none', 'keys.sqlite')}: set`)
  expect(errors).not.toContain('    at ')
})

test('a backup into a folder that is not there says so', async () => {
  const { program } = await start()
  await stop(program, 'SIGTERM')
  const missing = join(folder, 'backups')
  const errors = await refusal({ LATCHKEY_DATA: folder }, backup, join(missing, 'keys.sqlite'))
  expect(errors).toContain(`There is no folder ${missing} for the backup: make it`)
  expect(errors).not.toContain('    at ')
})
