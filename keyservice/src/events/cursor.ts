import { KeyError } from '@latchkey/core'
import type { JournalHead } from '../store/port/journal.ts'

/** Where somebody is in the feed, as text: good in the life of the store that it names, and in no other. */
export function cursorText({ life, number }: JournalHead): string {
  return `${life}.${number}`
}

/**
 * The number that a cursor stands for. `Invalid` when it is none; `Gone` when it comes from another life of the store, or
 * from a future that a restored store has not had: who has it must list everything anew.
 */
export function readCursor(cursor: string, head: JournalHead): number {
  const [, life, digits] = /^([0-9A-Za-z-]+)\.(\d{1,15})$/.exec(cursor) ?? []
  if (life === undefined) {
    const message = 'must come from an earlier answer'
    throw new KeyError('Invalid', `The cursor ${message}`, {
      issues: [{ path: 'cursor', message }],
    })
  }
  const number = Number(digits)
  if (life !== head.life || number > head.number) throw gone('comes from another life of the store')
  return number
}

/** The answer to a cursor that is no longer served, and what to do about it. */
export function gone(why: string): KeyError {
  return new KeyError('Gone', `The cursor ${why}; begin anew: take a cursor, then list the keys`)
}
