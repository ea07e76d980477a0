import type { z } from 'zod'
import { type Check, checksOf, sentence } from './checks.ts'
import type { ValidationRule } from './metadata.ts'
import { portablePattern } from './portable-pattern.ts'
import { Unenforceable } from './unenforceable.ts'

/**
 * Keywords for a string. A check that has its own sentence becomes a rule, so that the API server says that sentence
 * instead of quoting a regular expression; lengths stay keywords, since the cost of rules is estimated from them.
 */
export function stringKeywords(
  def: z.core.$ZodStringDef,
  path: string,
): Readonly<Record<string, unknown>> {
  const keywords: Record<string, unknown> = { type: 'string' }
  const rules: ValidationRule[] = []
  const say = (check: Check, rule: string, keyword: string, value: unknown) => {
    const message = sentence(check)
    if (message !== undefined) rules.push({ rule, message })
    else if (keyword in keywords) {
      throw new Unenforceable(path, `${keyword} twice`, 'give each check a sentence')
    } else keywords[keyword] = value
  }
  for (const check of checksOf(def)) {
    switch (check.check) {
      case 'max_length':
        keywords.maxLength = check.maximum
        break
      case 'min_length':
        say(check, `size(self) >= ${check.minimum}`, 'minLength', check.minimum)
        break
      case 'string_format': {
        const pattern = formatPattern(check, path)
        // With the keyword, CEL would see a timestamp instead of the text that the rule is about.
        if (check.format === 'datetime' && sentence(check) === undefined) {
          keywords.format = 'date-time'
        }
        say(check, `self.matches(${JSON.stringify(pattern)})`, 'pattern', pattern)
        break
      }
      case 'custom':
        break
      default:
        throw new Unenforceable(path, `the check ${check.check} would be lost`, 'write a rule')
    }
  }
  return rules.length === 0 ? keywords : { ...keywords, 'x-kubernetes-validations': rules }
}

function formatPattern(
  check: Extract<Check, { readonly check: 'string_format' }>,
  path: string,
): string {
  if (check.pattern === undefined || !['regex', 'datetime'].includes(check.format)) {
    throw new Unenforceable(path, `the format ${check.format} would be lost`, 'write it as a regex')
  }
  return portablePattern(check.pattern, path)
}
