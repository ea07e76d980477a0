import type { Happening } from './event-line.ts'

/** A condition and the Event about it say the same, one right after the other. */
const echoMilliseconds = 5_000

/** A filter that lets the same words about the same object through only once within some seconds. */
export function withoutEchoes(): (
  happening: Omit<Happening, 'time'>,
  nowMilliseconds: number,
) => boolean {
  const told = new Map<string, number>()
  return ({ kind, name, reason, note }, now) => {
    for (const [text, at] of told) if (now - at > echoMilliseconds) told.delete(text)
    const text = JSON.stringify([kind, name, reason, note])
    if (told.has(text)) return false
    told.set(text, now)
    return true
  }
}
