import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Manifest } from '@latchkey/operator'
import { parseAllDocuments } from 'yaml'

/**
 * Every object of the YAML files of a folder, in the order of the files' names; folders below it are left out. Throws with
 * the file's path and what to correct in it.
 */
export async function readManifests(folder: string): Promise<readonly Manifest[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.yaml')).sort()
  const files = names.map((name) => join(folder, name))
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')))
  return texts.flatMap((text, index) => manifestsOf(text, files[index] ?? ''))
}

function manifestsOf(text: string, file: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    const [error] = 'errors' in document ? document.errors : []
    if (error !== undefined) throw new Error(`${file} is not YAML: ${error.message}`)
    const object: unknown = document.toJS()
    if (object === null) return []
    if (!isManifest(object))
      throw new Error(`${file}: every object needs apiVersion, kind and metadata.name; add them`)
    return [object]
  })
}

function isManifest(object: unknown): object is Manifest {
  const { apiVersion, kind, metadata } = Object(object) as Partial<Manifest>
  const texts: readonly unknown[] = [apiVersion, kind, metadata?.name]
  return texts.every((text) => typeof text === 'string' && text !== '')
}
