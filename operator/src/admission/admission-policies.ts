import type { Manifest } from '../install/manifest.ts'
import { inUseFinalizer, revokeFinalizer } from '../names.ts'
import { credentialRightsPolicy, secretRightsPolicy } from './author-rights.ts'
import { injectionPolicy } from './injection.ts'
import { operatorBoundsPolicy } from './operator-bounds.ts'
import { revokeFinalizerPolicy } from './revoke-finalizer.ts'

/** Where the policies are installed. */
export interface AdmissionOptions {
  readonly operatorNamespace: string
  readonly operatorServiceAccount: string
  readonly served: {
    /** Whether the API server knows MutatingAdmissionPolicy: by default from Kubernetes 1.36. */
    readonly mutating: boolean
  }
}

/**
 * Every admission policy with its binding, in the order in which to apply them; take them away in the reverse order.
 * Where mutating policies are not served, the operator sets the finalizer by itself and nothing is injected.
 */
export function admissionPolicies(options: AdmissionOptions): readonly Manifest[] {
  return [
    ...secretRightsPolicy(),
    ...credentialRightsPolicy(),
    ...operatorBoundsPolicy({
      namespace: options.operatorNamespace,
      serviceAccount: options.operatorServiceAccount,
      inUseFinalizer,
    }),
    ...(options.served.mutating
      ? [
          ...revokeFinalizerPolicy(revokeFinalizer),
          ...injectionPolicy({ exceptNamespaces: ['kube-system', options.operatorNamespace] }),
        ]
      : []),
  ]
}
