/**
 * A secret string that refuses to be printed. Whatever holds a token in memory holds it in one of these,
 * so that a template literal, `JSON.stringify`, a log line or an inspector shows `[token]`.
 */
export class Token {
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  /** The clear text: only for the Secret, the answer that issues it, and the header that presents it. */
  reveal(): string {
    return this.#text
  }

  toString(): string {
    return '[token]'
  }

  toJSON(): string {
    return '[token]'
  }

  [Symbol.for('nodejs.util.inspect.custom')](): string {
    return '[token]'
  }
}
