import type { Manifest } from '../install/manifest.ts'
import { mutatingPolicy } from './policy.ts'

/**
 * Puts our finalizer on an ApiKey in the same write that creates it, which saves one write per key. The operator adds
 * it where this policy was missing, before it issues a key.
 */
export function revokeFinalizerPolicy(finalizer: string): readonly Manifest[] {
  const present = 'object.metadata.?finalizers.orValue([])'
  return mutatingPolicy({
    name: 'finalizer.latchkey.dev',
    rules: [{ apiGroups: ['latchkey.dev'], resources: ['apikeys'], operations: ['CREATE'] }],
    conditions: [{ name: 'without-finalizer', expression: `!('${finalizer}' in ${present})` }],
    jsonPatch: `[JSONPatch{op: 'add', path: '/metadata/finalizers', value: ${present} + ['${finalizer}']}]`,
  })
}
