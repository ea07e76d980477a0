/** How far a long step has come. `done` and `total` count one unit (packages, bytes, checks) and may be shown as a bar. */
export type Progress = {
  readonly kind: 'progress'
  readonly done: number
  readonly total: number
  /** What is being done now, as a short phrase for people. */
  readonly text: string
}

/** Is told of progress. It must return at once and never throw. */
export type OnProgress = (progress: Progress) => void
