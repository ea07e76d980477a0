import type { z } from 'zod'

/**
 * What is wrong with a value, as a predicate that says what to do ("must be given"). A schema that has words of its own
 * is heard; zod's, which speak of inputs and expectations, are put into ours.
 */
export function sentence(issue: z.core.$ZodIssue, value: unknown): string {
  // Our predicates begin in lower case, zod's sentences never do.
  if (/^\p{Ll}/u.test(issue.message)) return issue.message
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(issue.expected, value)
    case 'too_small':
      return issue.minimum === 1 && units[issue.origin] !== undefined
        ? 'must not be empty'
        : `must ${units[issue.origin] === undefined ? 'be' : 'have'} at least ${amount(issue.minimum, issue.origin)}`
    case 'too_big':
      return `must ${units[issue.origin] === undefined ? 'be' : 'have'} at most ${amount(issue.maximum, issue.origin)}`
    case 'invalid_value':
      return `must be ${issue.values.map(String).join(' or ')}`
    case 'invalid_format':
      return issue.format === 'datetime'
        ? 'must be an instant such as 2027-01-31T00:00:00Z'
        : 'does not have the right form: see /openapi.json'
    default:
      return 'does not fit: see /openapi.json'
  }
}

/** What things are counted in; others are numbers themselves. */
const units: Readonly<Record<string, string>> = { string: 'character', array: 'item', map: 'entry' }

function amount(count: number | bigint, origin: string): string {
  const unit = units[origin]
  return unit === undefined ? `${count}` : `${count} ${unit}${count === 1 ? '' : 's'}`
}

const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  array: 'a list',
  null: 'null',
}

function wrongType(expected: string, value: unknown): string {
  if (value === undefined) return 'must be given'
  const wished = nouns[expected] ?? expected
  const given = value === null ? 'null' : nouns[Array.isArray(value) ? 'array' : typeof value]
  return given === undefined || given === wished || isNumberOf(expected)
    ? `must be ${wished}`
    : `must be ${wished}, not ${given}`
}

/** A number that is not whole, or a text of a query that is none, is told by what it should be alone. */
function isNumberOf(expected: string): boolean {
  return expected === 'int' || expected === 'number'
}
