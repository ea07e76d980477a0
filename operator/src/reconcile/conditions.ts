import type { ConditionWish, Standing } from '@latchkey/core'

/**
 * A standing as conditions by the kstatus laws: `Ready` is always there, `Reconciling` and `Stalled` only while they
 * are true, and never both.
 */
export function conditionsOf({ kind, reason, message }: Standing): readonly ConditionWish[] {
  const ready: ConditionWish = {
    type: 'Ready',
    status: kind === 'ready' ? 'True' : 'False',
    reason,
    message,
  }
  if (kind === 'ready') return [ready]
  const why = kind === 'progressing' ? 'Reconciling' : 'Stalled'
  return [ready, { type: why, status: 'True', reason, message }]
}
