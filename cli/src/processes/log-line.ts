/** The levels of our programs' logs, as numbers on the wire. */
const levels: Readonly<Record<number, string>> = {
  20: 'debug',
  30: 'info',
  40: 'warn',
  50: 'error',
  60: 'fatal',
}

/** A line of a program's log as a person reads it: `error  The watch broke: no answer`. What is no log line stays as it is. */
export function logLine(line: string): string {
  const entry = parsed(line)
  if (entry?.msg === undefined) return line
  const level = levels[entry.level ?? 0] ?? ''
  const cause = entry.err?.message === undefined ? '' : `: ${entry.err.message}`
  return `${level.padEnd(5)}  ${entry.msg}${cause}`
}

interface Entry {
  readonly level?: number
  readonly msg?: string
  readonly err?: { readonly message?: string }
}

function parsed(line: string): Entry | undefined {
  try {
    return (JSON.parse(line) ?? undefined) as Entry | undefined
  } catch {
    return undefined
  }
}
