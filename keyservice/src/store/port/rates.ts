/** What was used of rate limits. */
export interface Rates {
  /** Adds to what was used of a window, and says what it is then; others that add at the same time come before or after. */
  add(window: { readonly name: string; readonly startMs: number }, count: number): Promise<number>
  /** Forgets windows that began before this instant. */
  forget(beforeMs: number): Promise<void>
}
