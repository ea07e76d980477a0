/** The peppers that hashes were made with. */
export interface Peppers {
  /** Remembers what tells a pepper; false when another one had its version before. */
  remember(version: number, check: string): Promise<boolean>
  /** The versions that were ever remembered: no token was hashed with another one. */
  versions(): Promise<number[]>
  /** Whether live tokens need a pepper, or ended ones alone, which must stay known. Looks no further than it must. */
  need(version: number): Promise<'Live' | 'Ended' | 'None'>
  /** How many tokens need it. Reads them all. */
  count(version: number): Promise<{ readonly live: number; readonly ended: number }>
}
