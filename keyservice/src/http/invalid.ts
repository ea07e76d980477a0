import { type Issue, KeyError } from '@latchkey/core'
import type { z } from 'zod'
import { sentence } from './sentence.ts'

/** The parts of a request; `json` is the body. */
export type RequestPart = 'json' | 'query' | 'param' | 'header' | 'form' | 'cookie'

/** What zod found wrong with a part of a request, as the error that names each field in a sentence of ours. */
export function invalid(error: z.ZodError, given: unknown, part: RequestPart = 'json'): KeyError {
  const issues = error.issues.flatMap((issue) => issuesOf(issue, given, part))
  const [first] = issues
  const { path, message } = first ?? { path: '', message: 'does not have the right shape' }
  return new KeyError('Invalid', `${path}: ${message}`, { issues })
}

/** A body that cannot be read at all. */
export function notJson(): KeyError {
  const message = 'must be JSON'
  return new KeyError('Invalid', `The body ${message}`, { issues: [{ path: 'body', message }] })
}

function issuesOf(issue: z.core.$ZodIssue, given: unknown, part: RequestPart): Issue[] {
  const path = issue.path.join('.')
  const at = path === '' ? (part === 'json' ? 'body' : part) : path
  switch (issue.code) {
    case 'unrecognized_keys':
      return issue.keys.map((key) => ({
        path: path === '' ? key : `${path}.${key}`,
        message: 'is not known here: leave it out, or correct its spelling',
      }))
    case 'invalid_key':
      return issue.issues.map((inner) => ({
        path: at,
        message: `${sentence(inner, issue.path.at(-1))}, as a name`,
      }))
    default: {
      const value = issue.path.reduce<unknown>(
        (inner, name) => (inner as Readonly<Record<PropertyKey, unknown>> | undefined)?.[name],
        given,
      )
      return [{ path: at, message: sentence(issue, value) }]
    }
  }
}
