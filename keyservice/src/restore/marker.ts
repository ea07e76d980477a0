import { readFile, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import type { JournalHead } from '../store/port/journal.ts'

/** How far the store had come, told outside of it: a store that is behind its marker was brought back from a backup. */
export interface Marker {
  /** Undefined when there is none, or none that can be read. */
  read(): Promise<JournalHead | undefined>
  /** Replaces it as a whole, or not at all. */
  write(head: JournalHead): Promise<void>
}

const content = z.object({ life: z.string(), number: z.number() })

/** A marker in a file. */
export function fileMarker(path: string): Marker {
  let written = ''
  return {
    async read() {
      try {
        return content.parse(JSON.parse(await readFile(path, 'utf8')))
      } catch {
        return undefined
      }
    },
    async write({ life, number }) {
      const text = JSON.stringify({ life, number })
      if (text === written) return
      await writeFile(`${path}.new`, text, { mode: 0o600 })
      await rename(`${path}.new`, path)
      written = text
    },
  }
}
