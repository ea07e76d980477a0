import type pc from 'picocolors'

/** The colors of a terminal, or none of them: `createColors(false)` for a text without. */
export type Colors = ReturnType<typeof pc.createColors>
