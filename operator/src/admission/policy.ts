import { type Manifest, partOfLatchkey } from '../install/manifest.ts'

const apiVersion = 'admissionregistration.k8s.io/v1'

/** A named CEL expression: a condition to match, or a variable that later expressions read. */
export interface NamedExpression {
  readonly name: string
  readonly expression: string
}

/** What a policy is about; conditions that do not hold leave the request alone. */
export interface PolicyScope {
  readonly name: string
  readonly rules: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly operations: readonly ('CREATE' | 'UPDATE' | 'DELETE')[]
  }[]
  /** Namespaces it never looks at. */
  readonly exceptNamespaces?: readonly string[]
  readonly conditions: readonly NamedExpression[]
  readonly variables?: readonly NamedExpression[]
}

/** What must hold, and the CEL expression that writes the sentence when it does not. */
export interface Validation {
  readonly expression: string
  readonly messageExpression: string
}

/**
 * A policy that changes objects as they are created, with its binding. It is ignored when it fails: whoever creates
 * the object is never stopped by us. It runs once, and its patches must nevertheless be safe to repeat.
 */
export function mutatingPolicy(
  scope: PolicyScope & { readonly jsonPatch: string },
): readonly Manifest[] {
  const spec = {
    ...specOf(scope),
    failurePolicy: 'Ignore',
    reinvocationPolicy: 'Never',
    mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: scope.jsonPatch } }],
  }
  return policyAndBinding('Mutating', scope.name, spec, {})
}

/** A policy that refuses requests, with its binding. It fails closed, so it may only match what is ours. */
export function validatingPolicy(
  scope: PolicyScope & { readonly validations: readonly Validation[] },
): readonly Manifest[] {
  const spec = {
    ...specOf(scope),
    failurePolicy: 'Fail',
    validations: scope.validations.map((validation) => ({ ...validation, reason: 'Forbidden' })),
  }
  return policyAndBinding('Validating', scope.name, spec, { validationActions: ['Deny'] })
}

function specOf(scope: PolicyScope): Readonly<Record<string, unknown>> {
  return {
    matchConstraints: {
      resourceRules: scope.rules.map((rule) => ({ ...rule, apiVersions: ['*'] })),
      ...(scope.exceptNamespaces === undefined
        ? {}
        : { namespaceSelector: except(scope.exceptNamespaces) }),
    },
    matchConditions: scope.conditions,
    variables: scope.variables ?? [],
  }
}

/** Every namespace carries its own name as a label, which the API server keeps. */
function except(namespaces: readonly string[]) {
  return {
    matchExpressions: [
      { key: 'kubernetes.io/metadata.name', operator: 'NotIn', values: namespaces },
    ],
  }
}

function policyAndBinding(
  kind: 'Mutating' | 'Validating',
  name: string,
  spec: Readonly<Record<string, unknown>>,
  binding: Readonly<Record<string, unknown>>,
): readonly Manifest[] {
  const metadata = { name, labels: partOfLatchkey }
  return [
    { apiVersion, kind: `${kind}AdmissionPolicy`, metadata, spec },
    {
      apiVersion,
      kind: `${kind}AdmissionPolicyBinding`,
      metadata,
      spec: { policyName: name, ...binding },
    },
  ]
}
