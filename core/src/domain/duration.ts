import { z } from 'zod'

const unitSeconds: Readonly<Record<string, number>> = { h: 3600, m: 60, s: 1 }

/**
 * A duration as people write it and as the API server's own `duration()` reads it: hours, minutes and
 * seconds, `720h` or `1h30m`. Days are left out since Kubernetes has none: 90 days are `2160h`. The number of
 * digits is bounded, since the API server's durations end after 292 years.
 */
export const duration = z
  .string()
  .max(32)
  .regex(
    /^([0-9]{1,6}h)?([0-9]{1,7}m)?([0-9]{1,9}s)?$/,
    'must be a duration such as 720h or 1h30m (90 days are 2160h)',
  )
  .min(2, 'must be a duration such as 720h or 1h30m (90 days are 2160h)')

/** Length of a valid duration in seconds. */
export function durationSeconds(text: string): number {
  let seconds = 0
  for (const [, amount, unit] of text.matchAll(/([0-9]+)([hms])/g)) {
    seconds += Number(amount) * (unitSeconds[unit as string] ?? 0)
  }
  return seconds
}

/** The instant that lies `text` after `start`. */
export function after(start: Date, text: string): Date {
  return new Date(start.getTime() + durationSeconds(text) * 1000)
}
