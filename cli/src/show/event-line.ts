import type { Colors } from './colors.ts'

/** Something that happened, in the words that a person reads. It never holds a token. */
export interface Happening {
  readonly time: Date
  /** `ApiKey`, `Secret`, `KeyService`. */
  readonly kind: string
  /** `namespace/name`. */
  readonly name: string
  readonly reason: string
  readonly note: string
  readonly tone: 'good' | 'plain' | 'bad'
}

/** One line: when, which object, what in a word, and the sentence. Line breaks in the sentence are taken out. */
export function eventLine(happening: Happening, colors: Colors): string {
  const { kind, name, reason, tone } = happening
  const paint = { good: colors.green, plain: colors.cyan, bad: colors.red }[tone]
  const note = happening.note.replaceAll(/\s+/g, ' ').trim()
  return [
    colors.dim(clock(happening.time)),
    `${colors.dim(kind.padEnd(10))} ${name.padEnd(26)}`,
    paint(reason.padEnd(15)),
    note,
  ]
    .join('  ')
    .trimEnd()
}

function clock(time: Date): string {
  return [time.getHours(), time.getMinutes(), time.getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':')
}
