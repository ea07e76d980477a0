// The bundled key service as a child of ours, on a SQLite file in the data folder.

import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfPresent, writePrivateFile } from '@latchkey/controlplane'
import { Token } from '@latchkey/core'
import { choosePort } from '../processes/choose-port.ts'
import { startProgram } from '../processes/start-program.ts'
import { endedTooSoon, untilAnswering } from '../processes/until-answering.ts'
import { repository } from '../repository.ts'
import type { Session } from '../session.ts'

/** The key service while it answers. */
export interface LocalKeyService {
  /** Without a slash at the end. */
  readonly url: string
  /** The administrator's credential. */
  readonly token: Token
}

/** What the examples name, so that they can be applied by hand as well. */
const defaultPort = 8085

/**
 * Starts the key service on the port of earlier runs, else the default, else any. It ends the session when it ends by
 * itself: without it no key can be issued or revoked.
 */
export async function localKeyService(session: Session): Promise<LocalKeyService> {
  const { folder, steps, running, interruption } = session
  return steps('Starting the key service', async (report) => {
    await mkdir(folder.keyService, { recursive: true, mode: 0o700 })
    const port = await reservePort(join(folder.keyService, 'port'))
    const program = await startProgram({
      name: 'the key service',
      main: join(repository, 'keyservice/src/main.ts'),
      env: {
        // What a person has set for other purposes must not reach it: it would open another database.
        LATCHKEY_CONFIG: undefined,
        DATABASE_URL: undefined,
        LATCHKEY_TOKEN: undefined,
        LATCHKEY_HOST: '127.0.0.1',
        LATCHKEY_PORT: String(port),
        LATCHKEY_DATA: folder.keyService,
      },
      logPath: join(folder.logs, 'keyservice.log'),
    })
    running.use(program)
    const url = `http://127.0.0.1:${port}`
    await untilAnswering(program, `${url}/readyz`, interruption.signal)
    void program.exited.then(async (how) => {
      if (!interruption.signal.aborted) interruption.fail(await endedTooSoon(program, how))
    })
    report.done(`Key service on ${url}`)
    const credential = await readFile(join(folder.keyService, 'admin-credential'), 'utf8')
    return { url, token: new Token(credential.trim()) }
  })
}

async function reservePort(path: string): Promise<number> {
  const kept = Number(await readIfPresent(path))
  const port = await choosePort(kept > 0 ? [kept, defaultPort] : [defaultPort])
  await writePrivateFile(path, `${port}\n`)
  return port
}
