/**
 * Durations as an ApiKey writes them: hours, minutes and seconds, since Kubernetes has no days.
 * A length that has no such form (negative, fractions of a second) is not refused here: it comes out as a text
 * that synth refuses together with everything else that is wrong, and with the same sentence.
 */
export const Duration = {
  /** `Duration.days(90)` is `2160h`. */
  days: (amount: number): string => durationText(amount * 86_400),
  /** `Duration.hours(1.5)` is `1h30m`. */
  hours: (amount: number): string => durationText(amount * 3600),
  /** `Duration.minutes(90)` is `1h30m`. */
  minutes: (amount: number): string => durationText(amount * 60),
  /** `Duration.seconds(90)` is `1m30s`. */
  seconds: (amount: number): string => durationText(amount),
}

function durationText(seconds: number): string {
  if (!Number.isSafeInteger(seconds) || seconds < 0) return `${seconds}s`
  const parts = [
    [Math.floor(seconds / 3600), 'h'],
    [Math.floor((seconds % 3600) / 60), 'm'],
    [seconds % 60, 's'],
  ] as const
  const said = parts.filter(([amount]) => amount > 0)
  return said.length === 0 ? '0s' : said.map(([amount, unit]) => `${amount}${unit}`).join('')
}
