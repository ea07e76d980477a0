import type { z } from 'zod'
import { checksOf } from './checks.ts'
import { Unenforceable } from './unenforceable.ts'

/** Keywords for a whole number: its own bounds without those that JavaScript's safe integers add. */
export function numberKeywords(
  def: z.core.$ZodNumberDef,
  path: string,
): Readonly<Record<string, unknown>> {
  const keywords: Record<string, unknown> = {}
  for (const check of checksOf(def)) {
    switch (check.check) {
      case 'number_format':
        if (check.format !== 'safeint') {
          throw new Unenforceable(path, `the format ${check.format} is not portable`, 'use int()')
        }
        Object.assign(keywords, { type: 'integer', format: 'int64' })
        break
      case 'greater_than':
        keywords.minimum = check.value
        if (!check.inclusive) keywords.exclusiveMinimum = true
        break
      case 'less_than':
        keywords.maximum = check.value
        if (!check.inclusive) keywords.exclusiveMaximum = true
        break
      case 'custom':
        break
      default:
        throw new Unenforceable(path, `the check ${check.check} would be lost`, 'write a rule')
    }
  }
  if (keywords.type === undefined) {
    throw new Unenforceable(
      path,
      'fractions are not portable',
      'use int() with the unit in the name',
    )
  }
  return keywords
}
