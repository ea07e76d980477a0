import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '@latchkey/operator'
import { parseAllDocuments } from 'yaml'

/** Every object of the YAML files of a folder, in the order of the files' names; folders below it are left out. */
export async function readManifests(folder: string): Promise<readonly Manifest[]> {
  const files = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), 'utf8')))
  return texts.flatMap((text) =>
    parseAllDocuments(text).flatMap((document) => {
      if ('errors' in document && document.errors[0] !== undefined) throw document.errors[0]
      const object: unknown = document.toJS()
      return object === null ? [] : [object as Manifest]
    }),
  )
}
