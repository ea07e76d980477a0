const units = [
  ['year', 365 * 86_400],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
] as const

/** An instant as people say it: `in 90 days`, `2 hours ago`. The largest unit of which there are at least two. */
export function relativeTime(instant: string, now: Date): string {
  const seconds = (Date.parse(instant) - now.getTime()) / 1000
  const [unit, length] = units.find(([, size]) => Math.abs(seconds) >= 2 * size) ?? ['second', 1]
  const format = new Intl.RelativeTimeFormat('en', { numeric: 'always' })
  return format.format(Math.round(seconds / length), unit)
}
