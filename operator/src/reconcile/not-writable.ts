import { KeyError } from '@latchkey/core'
import type { ApiError } from '../runtime/api-error.ts'

/** The API server refuses our write of a Secret: RBAC, a quota or an admission policy, in its own words. */
export function notWritable(name: string, error: ApiError): KeyError {
  const message = `Secret ${name} cannot be written: ${error.message}`
  return new KeyError('SecretNotWritable', message, { cause: error })
}
