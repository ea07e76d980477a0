import { z } from 'zod'

/** A condition as Kubernetes and kstatus have it. */
export const condition = z.object({
  type: z.string().max(316),
  status: z.enum(['True', 'False', 'Unknown']),
  reason: z.string().min(1).max(1024),
  message: z.string().max(32_768),
  lastTransitionTime: z.iso.datetime(),
  observedGeneration: z.number().int().min(0).optional(),
})

/** A list of conditions, at most one of each type. */
export const conditions = z
  .array(condition)
  .max(16)
  .meta({
    'x-kubernetes-list-type': 'map',
    'x-kubernetes-list-map-keys': ['type'],
  })

export type Condition = z.infer<typeof condition>

/** The wished state of one condition, before it has a transition time. */
export type ConditionWish = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/**
 * Merges wishes into what is there. `lastTransitionTime` moves only when the status does, and conditions of ours
 * that are not wished any more go away, as kstatus asks for `Reconciling` and `Stalled`.
 */
export function mergeConditions(
  present: readonly Condition[],
  wished: readonly ConditionWish[],
  at: { readonly now: Date; readonly generation: number },
): Condition[] {
  return wished.map((wish) => {
    const before = present.find((condition) => condition.type === wish.type)
    return {
      ...wish,
      lastTransitionTime:
        before?.status === wish.status
          ? before.lastTransitionTime
          : `${at.now.toISOString().slice(0, 19)}Z`,
      observedGeneration: at.generation,
    }
  })
}
