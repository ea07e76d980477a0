import { Unenforceable } from './unenforceable.ts'

/** What RE2, the API server's engine, lacks or reads otherwise than JavaScript does. */
const strange: readonly (readonly [construct: RegExp, problem: string])[] = [
  [/\(\?[=!<]/, 'the API server knows no look-around and no named groups'],
  [/\\[1-9k]/, 'the API server knows no back-references'],
  [/\\s/i, 'white space means more characters here than at the API server'],
  [/\\[bBuxpP]/, 'this escape is read differently at the API server'],
]

/**
 * The source of an expression that means the same to JavaScript and to the API server.
 *
 * @throws Unenforceable for flags, which a CRD drops without a word, and for constructs that RE2 lacks.
 */
export function portablePattern(pattern: RegExp, path: string): string {
  if (pattern.flags !== '') {
    throw new Unenforceable(path, `the flag ${pattern.flags} would be lost`, 'write it out')
  }
  const found = strange.find(([construct]) => construct.test(pattern.source))
  if (found !== undefined) {
    throw new Unenforceable(path, `${pattern}: ${found[1]}`, 'write a plain expression or a rule')
  }
  return pattern.source
}
