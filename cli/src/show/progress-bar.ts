/** Progress in numbers; `text` is a short phrase. */
export interface Progress {
  readonly done: number
  readonly total: number
  readonly text: string
}

const full = '█'
const empty = '░'

/** One line: the bar, the percentage, and what is being done. Never wider than it has to be: the phrase is cut. */
export function progressBar({ done, total, text }: Progress, columns = 80): string {
  const share = total <= 0 ? 0 : Math.min(1, Math.max(0, done / total))
  const width = Math.max(10, Math.min(32, columns - 44))
  const filled = Math.round(share * width)
  const bar = full.repeat(filled) + empty.repeat(width - filled)
  const percent = `${Math.floor(share * 100)}`.padStart(3)
  const room = Math.max(0, columns - width - 14)
  const phrase = text.length > room ? `${text.slice(0, Math.max(0, room - 1))}…` : text
  return `${bar} ${percent} %  ${phrase}`
}
