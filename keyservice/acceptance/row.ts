/**
 * One requirement. `types` has a letter for each: F feature, D data field, U console, R rule or limit, E error,
 * S security, G guidance, I integration.
 */
export interface Row {
  /** For example `P24`: the name of a test that proves the row begins with it. */
  readonly number: string
  readonly types: string
  readonly says: string
}

/** A test that names rows: where it is, and what it guarantees. */
export interface Proof {
  /** From the root of the repository. */
  readonly file: string
  readonly name: string
  readonly rows: readonly string[]
}

/** How far a row is proven. Computed, never written down by hand. */
export type RowStatus = 'proven' | 'proven, but for the console' | 'waits for the console' | 'open'

/** The status of a row, given the tests that name it. What a console shows, only tests of a console prove. */
export function statusOf(row: Row, proofs: readonly Proof[]): RowStatus {
  const console = proofs.some(({ file }) => file.includes('console/'))
  const service = proofs.some(({ file }) => !file.includes('console/'))
  const shown = row.types.includes('U')
  if (row.types === 'U') return console ? 'proven' : 'waits for the console'
  if (!service) return 'open'
  return shown && !console ? 'proven, but for the console' : 'proven'
}
