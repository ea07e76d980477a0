import type { z } from 'zod'

/**
 * Lets exactly one of these groups of optional fields be given, and that one whole. zod loses refinements when it writes a
 * JSON schema, so the rule travels in the metadata too: the document cannot be looser than the check.
 */
export function oneGroup<S extends z.ZodObject>(
  schema: S,
  groups: readonly (readonly (keyof z.output<S> & string)[])[],
  message: string,
): S {
  const names = groups.flat()
  const holds = (value: z.output<S>) => {
    const given = names.filter((name) => value[name] !== undefined)
    return groups.some(
      (group) => group.length === given.length && group.every((name) => given.includes(name)),
    )
  }
  const path = groups[0]?.slice(0, 1) ?? []
  return schema.refine(holds as (value: unknown) => boolean, { message, path }).meta({
    oneOf: groups.map((group) => ({
      required: [...group],
      properties: Object.fromEntries(
        names.filter((name) => !group.includes(name)).map((name) => [name, false]),
      ),
    })),
  }) as S
}
