import { KeyError } from '@latchkey/core'
import type { z } from 'zod'

/** What zod found wrong, as the error that names each field. */
export function invalid(error: z.ZodError): KeyError {
  const issues = error.issues.flatMap((issue) => {
    const path = issue.path.join('.')
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({
          path: path === '' ? key : `${path}.${key}`,
          message: 'is not known here',
        }))
      : [{ path, message: issue.message }]
  })
  const first = issues[0]
  const where = first === undefined || first.path === '' ? 'The request' : first.path
  return new KeyError('Invalid', `${where}: ${first?.message ?? 'is not valid'}`, { issues })
}
