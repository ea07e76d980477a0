import { readFile } from 'node:fs/promises'
import { KeyError } from '@latchkey/core'
import type { KeyServiceConfig } from '../config.ts'
import type { Store, Tables } from '../store/port.ts'
import { type Pepper, pepperCheck } from './token-hash.ts'

const shortest = 32

/** Reads the peppers that the configuration names, from files or the environment. Throws `Invalid` with every problem. */
export async function readPeppers(
  { peppers }: Pick<KeyServiceConfig, 'peppers'>,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Pepper[]> {
  const read: Pepper[] = []
  const problems: string[] = []
  for (const { version, file, variable } of peppers) {
    const where = file ?? `the variable ${variable}`
    const text = file === undefined ? environment[variable ?? ''] : await textOf(file)
    const secret = text?.trim() ?? ''
    if (secret.length >= shortest) read.push({ version, secret })
    else problems.push(`pepper ${version}: ${where} must have at least ${shortest} characters`)
  }
  if (problems.length === 0) return read
  throw new KeyError('Invalid', `The peppers cannot be used:\n  ${problems.join('\n  ')}`)
}

/**
 * Throws unless every row can still be found with these peppers: one that live tokens need, or that has another secret
 * than before, is refused. One that only ended tokens need must be said to be given up, since they could then be
 * registered again. Says which, and how many. Remembers what tells a new pepper from another one. Where no pepper is
 * missing, no token is read.
 */
export async function requirePeppers(
  store: Pick<Store, 'write'>,
  peppers: readonly Pepper[],
  givenUp: readonly number[],
): Promise<void> {
  const known = new Set(peppers.map(({ version }) => version))
  const problems = await store.write(async (tables) => {
    const found: string[] = []
    for (const pepper of peppers) {
      const first = await tables.peppers.remember(pepper.version, pepperCheck(pepper))
      if (!first) found.push(`pepper ${pepper.version} is not the one that it was before`)
    }
    for (const version of await tables.peppers.versions()) {
      if (!known.has(version)) found.push(...(await missing(tables, version, givenUp)))
    }
    return found
  })
  if (problems.length === 0) return
  throw new KeyError('Invalid', `The peppers do not fit the store:\n  ${problems.join('\n  ')}`)
}

async function missing(
  { peppers }: Tables,
  version: number,
  givenUp: readonly number[],
): Promise<string[]> {
  const need = await peppers.need(version)
  if (need === 'None' || (need === 'Ended' && givenUp.includes(version))) return []
  const { live, ended } = await peppers.count(version)
  return need === 'Live'
    ? [`pepper ${version} is missing: ${live} live tokens need it`]
    : [
        `pepper ${version} is missing: ${ended} ended tokens could be registered again without it; name it in givenUpPeppers to accept that`,
      ]
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch {
    return undefined
  }
}
