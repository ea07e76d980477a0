import { readFile, rename, writeFile } from 'node:fs/promises'

/**
 * Replaces the file as a whole, readable by its owner alone: a reader or a crash sees the old content or the
 * new, never half of it.
 */
export async function writePrivateFile(path: string, content: string): Promise<void> {
  const fresh = `${path}.new`
  await writeFile(fresh, content, { mode: 0o600 })
  await rename(fresh, path)
}

/** The file's text, or undefined when there is no such file. */
export async function readIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
