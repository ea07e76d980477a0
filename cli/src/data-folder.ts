// The data folder `.latchkey/`: where everything lies that one Latchkey on this machine keeps. Readable by its owner alone.

import { chmod, mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { readIfPresent, tryLock, writePrivateFile } from '@latchkey/controlplane'

/** The folder while this process holds it. */
export interface DataFolder extends Disposable {
  readonly path: string
  readonly controlPlane: string
  readonly keyService: string
  readonly operator: string
  readonly logs: string
  /** Holds a link to kubectl, for a PATH without one. */
  readonly bin: string
  /** The file that shells source. */
  readonly env: string
  /** Removes what earlier runs have left; what is not ours stays. */
  readonly forget: () => Promise<void>
}

/**
 * Makes the folder unless it is there and takes it for this process. Throws when another Latchkey runs on it. The lock is
 * the operating system's, so that it ends with its holder, however that ends; the file with the process id is for people.
 */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await mkdir(path, { recursive: true, mode: 0o700 })
  await chmod(path, 0o700)
  const pidPath = join(path, 'pid')
  const lock = tryLock(join(path, 'lock'))
  if (!lock) {
    const pid = (await readIfPresent(pidPath))?.trim() ?? 'unknown'
    throw new Error(
      `Latchkey runs in ${path} already (process ${pid}). Stop it with Ctrl-C first, or start this one in another folder.`,
    )
  }
  await writePrivateFile(pidPath, `${process.pid}\n`)
  const inside = (name: string) => join(path, name)
  return {
    path,
    controlPlane: inside('controlplane'),
    keyService: inside('keyservice'),
    operator: inside('operator'),
    logs: inside('logs'),
    bin: inside('bin'),
    env: inside('env'),
    forget: async () => {
      await Promise.all(ours.map((name) => rm(inside(name), { recursive: true, force: true })))
    },
    [Symbol.dispose]: lock.release,
  }
}

/** Everything in the folder that holds data; lock and process id belong to the run that holds them. */
const ours = ['controlplane', 'keyservice', 'operator', 'logs', 'bin', 'env'] as const
