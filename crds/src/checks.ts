import type { z } from 'zod'

/** One check of a schema, by the name that zod gives it; `custom` is a refinement. */
export type Check = z.core.$ZodChecks['_zod']['def'] | z.core.$ZodCustomDef

/** The checks of a schema in the order in which they were written. A format such as a date-time is one by itself. */
export function checksOf(def: z.core.$ZodTypeDef): readonly Check[] {
  const own = 'check' in def ? [def as unknown as Check] : []
  return [...own, ...(def.checks ?? []).map((check) => check._zod.def as Check)]
}

/** The sentence a check was given; undefined for zod's own words. */
export function sentence(check: Check): string | undefined {
  const issue = { code: 'custom', path: [], message: '', input: undefined } as never
  const said = check.error?.(issue)
  return typeof said === 'string' ? said : said?.message
}
