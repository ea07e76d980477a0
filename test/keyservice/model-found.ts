// Runs in which the model and the service once disagreed, whether chance found them or somebody reading the code: asked every time.

import { type By, everything, type Step } from './model-step.ts'

const admin: By = { kind: 'admin', account: 0 }
const keyOwner: By = { kind: 'key', nth: 0 }
const plain = {
  kind: 'issue',
  pending: false,
  named: true,
  chosen: false,
  space: false,
  owner: false,
  scopes: [],
  lifeSeconds: null,
} as const
const rotation = { kind: 'rotate', key: 0, graceSeconds: 0, pending: false, named: true } as const
const aDay = { by: admin, kind: 'pass', seconds: 86_400 } as const

/** Each is a whole run. */
export const found: readonly (readonly Step[])[] = [
  // The token before was published after the one that waited had died: its key went on without any.
  [
    { ...plain, by: admin },
    { ...rotation, by: admin, pending: true },
    aDay,
    { by: admin, kind: 'leak', key: 0, which: 'oldest' },
  ],
  // A key that had died of waiting came back as a disabled one when its token was published.
  [
    { ...plain, by: admin, pending: true },
    aDay,
    { by: admin, kind: 'leak', key: 0, which: 'newest' },
  ],
  // A chosen token whose grace period was over was answered as if it worked.
  [
    { ...plain, by: admin, chosen: true },
    { ...rotation, by: admin, graceSeconds: 60 },
    { by: admin, kind: 'pass', seconds: 60 },
    { by: admin, kind: 'repeat', key: 0, altered: false },
  ],
  // Who had lost a right got a fresh token of a key that had it, by repeating its create.
  [
    { ...plain, by: admin, scopes: everything },
    { ...plain, by: keyOwner, pending: true, scopes: everything },
    { by: admin, kind: 'rescope', key: 0, scopes: ['writeApiKeys'] },
    { by: admin, kind: 'repeat', key: 1, altered: false },
  ],
]
