import { styleText } from 'node:util'

/** One figure: what it is, how much, and the bar that it is held to, if any. */
export interface Row {
  readonly what: string
  readonly value: string
  readonly bar?: string
  readonly holds?: boolean
}

/** The middle of a list of numbers. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = Math.floor(sorted.length / 2)
  const [low, high] = [sorted[middle - 1], sorted[middle]]
  if (high === undefined) return Number.NaN
  return sorted.length % 2 === 1 || low === undefined ? high : (low + high) / 2
}

/** The rows as text, with a mark where a bar is held or missed. */
export function renderTable(title: string, rows: readonly Row[]): string {
  const width = Math.max(...rows.map(({ what }) => what.length))
  const wide = Math.max(...rows.map(({ value }) => value.length))
  const lines = rows.map(({ what, value, bar, holds }) => {
    const mark = holds === undefined ? '' : holds ? styleText('green', '✓') : styleText('red', '✗')
    return `  ${what.padEnd(width)}  ${value.padStart(wide)}  ${mark} ${styleText('dim', bar ?? '')}`.trimEnd()
  })
  return [styleText('bold', title), ...lines, ''].join('\n')
}
