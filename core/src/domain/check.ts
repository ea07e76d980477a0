import type { Action, Standing } from './action.ts'
import type { Facts } from './facts.ts'

/** What one check says: actions to do now, and where the ApiKey stands meanwhile. */
export interface Decision {
  readonly actions: readonly Action[]
  readonly standing: Standing
}

/** One named question. The first check of a list that answers decides; `undefined` passes on to the next. */
export interface Check {
  readonly name: string
  readonly decide: (facts: Facts) => Decision | undefined
}

/** A decision to act: the ApiKey progresses for the reason of its first action. */
export function act(first: Action, ...more: readonly Action[]): Decision {
  return {
    actions: [first, ...more],
    standing: { kind: 'progressing', reason: first.reason, message: first.message },
  }
}

/** A decision to do nothing until a person has changed something. */
export function stall(reason: Standing['reason'], message: string): Decision {
  return { actions: [], standing: { kind: 'stalled', reason, message } }
}
