import type { Manifest } from '../install/manifest.ts'
import { managedBy, managedByLabel } from '../names.ts'
import { validatingPolicy } from './policy.ts'

/** Who the operator is, and the words it leaves on Secrets. */
export interface OperatorBounds {
  readonly namespace: string
  readonly serviceAccount: string
  /** The finalizer that it keeps on the credential Secrets of key services. */
  readonly inUseFinalizer: string
}

const sameField = (field: string) => `object.?${field} == oldObject.?${field}`

/**
 * Bounds what the operator's own rights on Secrets let it do, also when it is mistaken or taken over: it writes and
 * deletes Secrets with our label, and of any other Secret it changes nothing but our finalizer. The label counts as it
 * was before the write, so that the operator cannot first label what belongs to somebody else.
 */
export function operatorBoundsPolicy(bounds: OperatorBounds): readonly Manifest[] {
  const labelled = (object: string) =>
    `${object}.metadata.?labels[?'${managedByLabel}'].orValue('') == '${managedBy}'`
  const otherFinalizers = (object: string) =>
    `${object}.metadata.?finalizers.orValue([]).filter(name, name != '${bounds.inUseFinalizer}')`
  return validatingPolicy({
    name: 'operator-bounds.latchkey.dev',
    rules: [
      { apiGroups: [''], resources: ['secrets'], operations: ['CREATE', 'UPDATE', 'DELETE'] },
    ],
    conditions: [
      {
        name: 'operator',
        expression: `request.userInfo.username == 'system:serviceaccount:${bounds.namespace}:${bounds.serviceAccount}'`,
      },
    ],
    variables: [
      { name: 'wasOurs', expression: `oldObject == null || ${labelled('oldObject')}` },
      { name: 'isOurs', expression: `object == null || ${labelled('object')}` },
      {
        name: 'onlyFinalizer',
        expression: [
          'object != null && oldObject != null',
          ...['data', 'type', 'immutable', 'metadata.?labels', 'metadata.?annotations'].map(
            sameField,
          ),
          sameField('metadata.?ownerReferences'),
          `${otherFinalizers('object')} == ${otherFinalizers('oldObject')}`,
        ].join(' && '),
      },
    ],
    validations: [
      {
        expression: '(variables.wasOurs && variables.isOurs) || variables.onlyFinalizer',
        messageExpression: `'the operator may not touch Secret ' + request.name + ': it lacks the label ${managedByLabel}: ${managedBy}'`,
      },
    ],
  })
}
