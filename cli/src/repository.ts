import { join } from 'node:path'

/** The root of the repository: where the other parts' programs, the CRDs and the examples lie. */
export const repository = join(import.meta.dirname, '..', '..')
