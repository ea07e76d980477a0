import Table from 'cli-table3'
import { type ApiKeyObject, fullName, isReady, readyCondition } from '../cluster/api-key.ts'
import type { Colors } from './colors.ts'
import { relativeTime } from './relative-time.ts'

/** What the table depends on besides the ApiKeys. */
export interface TableStyle {
  readonly now: Date
  readonly colors: Colors
}

/** The ApiKeys as a table, by name; for one that is not ready its reason, and below the table its sentence. */
export function apiKeyTable(apiKeys: readonly ApiKeyObject[], { now, colors }: TableStyle): string {
  const table = new Table({
    head: ['APIKEY', 'READY', 'PREVIEW', 'EXPIRES', 'ROTATES'].map(colors.bold),
    chars: plainFrame,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 3 },
  })
  const sorted = apiKeys.toSorted((a, b) => fullName(a).localeCompare(fullName(b)))
  for (const apiKey of sorted) {
    const { current, nextRotationTime } = apiKey.status ?? {}
    const when = (instant: string | undefined) =>
      instant === undefined ? colors.dim('never') : relativeTime(instant, now)
    table.push([
      fullName(apiKey),
      standing(apiKey, colors),
      current?.preview ?? colors.dim('none'),
      when(current?.expirationTime),
      when(nextRotationTime),
    ])
  }
  const lines = table.toString().split('\n')
  return [...lines.map((line) => line.trimEnd()), ...troubles(sorted, colors)].join('\n')
}

function standing(apiKey: ApiKeyObject, colors: Colors): string {
  if (isReady(apiKey)) return colors.green('Ready')
  return colors.yellow(readyCondition(apiKey)?.reason ?? 'Waiting')
}

function troubles(apiKeys: readonly ApiKeyObject[], colors: Colors): readonly string[] {
  const lines = apiKeys
    .filter((apiKey) => !isReady(apiKey))
    .map((apiKey) => {
      const told = readyCondition(apiKey)?.message ?? 'the operator has not looked at it yet'
      return `${colors.yellow('!')} ${fullName(apiKey)}: ${told}`
    })
  return lines.length === 0 ? [] : ['', ...lines]
}

/** No lines: rows that a person can copy and a program can split. */
const plainFrame = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '',
} as const
