import type { Service } from '../service.ts'
import type { StoredCredential } from '../store/port/credentials.ts'
import type { Tables } from '../store/port.ts'

/** The credential of a token, ended ones included, by every hash under which it may be kept. */
export async function findToken(
  { hashes }: Pick<Service, 'hashes'>,
  tables: Tables,
  text: string,
): Promise<StoredCredential | undefined> {
  for (const hash of hashes.all(text)) {
    const found = await tables.credentials.find(hash)
    if (found !== undefined) return found
  }
  return undefined
}
