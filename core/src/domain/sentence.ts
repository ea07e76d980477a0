import type { z } from 'zod'

/**
 * What is wrong with one field and what to do about it, for every kind of check that has no sentence of its own. zod's
 * own words are for programmers: they never reach a person.
 */
export function sentence(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case 'invalid_type':
      return wrongType(nouns[issue.expected] ?? issue.expected, issue.input)
    case 'invalid_value':
      return wrongValue(issue.values.map(String), issue.input)
    case 'too_big':
      return tooBig(issue.origin, Number(issue.maximum))
    case 'too_small':
      return tooSmall(issue.origin, Number(issue.minimum))
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.join(', ')}: remove it or correct its spelling`
    case 'invalid_format':
      return `must have the form of ${articled(issue.format)}: correct it`
    default:
      return 'has a value that is not allowed here: correct it'
  }
}

/** zod's words for types, as a person would ask for them. */
const nouns: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'a mapping with fields',
  record: 'a mapping of names to texts',
}

function wrongType(wanted: string, input: unknown): string {
  if (input === undefined) return `is missing: set it to ${wanted}`
  if (input === null) return `has no value: set it to ${wanted}, or leave the field out`
  // What could not be made a number, such as a variable of the environment.
  if (Number.isNaN(input)) return `must be ${wanted}: correct it`
  return `must be ${wanted}, not ${kindOf(input)}${advice(wanted, input)}`
}

function wrongValue(allowed: readonly string[], input: unknown): string {
  const [last = '', ...others] = allowed.toReversed()
  const wanted = others.length === 0 ? last : `${others.toReversed().join(', ')} or ${last}`
  if (input === undefined) return `is missing: set it to ${wanted}`
  return `must be ${wanted}: choose one of them`
}

function kindOf(input: unknown): string {
  if (Array.isArray(input)) return 'a list'
  const kind = typeof input
  return nouns[kind] ?? `a ${kind}`
}

/** YAML reads `123` and `true` as no text, and `"true"` as text. */
function advice(wanted: string, input: unknown): string {
  if (wanted === 'text' && (typeof input === 'number' || typeof input === 'boolean'))
    return ': put it in quotes'
  if (typeof input !== 'string') return ': correct it'
  if (wanted === 'a list') return ': write each item on a line of its own, after a dash'
  return wanted === 'a mapping with fields' ? ': write its fields below it' : ': leave out quotes'
}

function tooBig(origin: string, maximum: number): string {
  if (origin === 'string') return `is longer than ${maximum} characters: shorten it`
  if (origin === 'array') return `has more than ${maximum} items: leave some out`
  return `must be ${maximum} or less: lower it`
}

function tooSmall(origin: string, minimum: number): string {
  if (origin === 'string')
    return minimum === 1
      ? 'is empty: fill it, or leave the field out'
      : `must have ${minimum} characters or more: lengthen it`
  if (origin === 'array') return `must have ${minimum} items or more: add some`
  return `must be ${minimum} or more: raise it`
}

function articled(format: string): string {
  return `${/^[aeiou]/.test(format) ? 'an' : 'a'} ${format}`
}
