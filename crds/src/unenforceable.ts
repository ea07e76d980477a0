/** Something that the parser checks and the API server would not: it must not reach a CRD. */
export class Unenforceable extends Error {
  override readonly name = 'Unenforceable'

  constructor(path: string, problem: string, instead: string) {
    super(`${path}: ${problem}; ${instead}`)
  }
}
