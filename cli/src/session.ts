import type { DataFolder } from './data-folder.ts'
import type { Interruption } from './interruption.ts'
import type { Colors } from './show/colors.ts'
import type { Steps } from './show/steps.ts'

/** One run of the command: what every step of it needs. */
export interface Session {
  readonly folder: DataFolder
  readonly steps: Steps
  readonly interruption: Interruption
  /** Whatever runs is put here as soon as it runs; the end of the session stops it in the reverse order. */
  readonly running: AsyncDisposableStack
  /** Writes lines for the person who has started us. */
  readonly print: (text: string) => void
  readonly colors: Colors
  /** Whether that person sits at a terminal. */
  readonly terminal: boolean
}
