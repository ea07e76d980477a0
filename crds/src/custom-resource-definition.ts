import type { z } from 'zod'
import type { ValidationRule } from './metadata.ts'
import { type StructuralSchema, structuralSchema } from './structural-schema.ts'

/** A column that `kubectl get` prints; those with priority 1 only with `-o wide`. */
export interface PrinterColumn {
  readonly name: string
  readonly type: 'string' | 'integer' | 'date'
  readonly jsonPath: string
  readonly priority?: 1
}

/** What a kind is, beside its schemas. */
export interface ResourceDescription {
  readonly kind: string
  readonly plural: string
  readonly shortNames: readonly string[]
  readonly scope: 'Namespaced' | 'Cluster'
  readonly description: string
  readonly spec: z.ZodType
  readonly status: z.ZodType
  /** Rules that compare the spec with the one before; only the API server knows both. */
  readonly transitionRules: readonly ValidationRule[]
  readonly columns: readonly PrinterColumn[]
  /** JSON paths that `--field-selector` understands, eight at most. */
  readonly selectableFields: readonly string[]
}

/** A CustomResourceDefinition, as an object ready to be applied. */
export interface CustomResourceDefinition {
  readonly apiVersion: 'apiextensions.k8s.io/v1'
  readonly kind: 'CustomResourceDefinition'
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly spec: Readonly<Record<string, unknown>>
}

const group = 'latchkey.dev'

/**
 * The CustomResourceDefinition of one kind: one version, served and stored, with a status subresource.
 *
 * @throws Unenforceable when a schema says what the API server would not enforce.
 */
export function customResourceDefinition(resource: ResourceDescription): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: {
      name: `${resource.plural}.${group}`,
      labels: { 'app.kubernetes.io/part-of': 'latchkey' },
    },
    spec: {
      group,
      scope: resource.scope,
      names: {
        kind: resource.kind,
        listKind: `${resource.kind}List`,
        plural: resource.plural,
        singular: resource.kind.toLowerCase(),
        shortNames: resource.shortNames,
        categories: ['latchkey'],
      },
      versions: [
        {
          name: 'v1alpha1',
          served: true,
          storage: true,
          subresources: { status: {} },
          additionalPrinterColumns: resource.columns,
          ...(resource.selectableFields.length === 0
            ? {}
            : { selectableFields: resource.selectableFields.map((jsonPath) => ({ jsonPath })) }),
          schema: { openAPIV3Schema: objectSchema(resource) },
        },
      ],
    },
  }
}

function objectSchema(resource: ResourceDescription): StructuralSchema {
  return {
    type: 'object',
    description: resource.description,
    required: ['spec'],
    properties: {
      apiVersion: { type: 'string' },
      kind: { type: 'string' },
      metadata: { type: 'object' },
      spec: withTransitionRules(structuralSchema(resource.spec, 'spec'), resource.transitionRules),
      status: structuralSchema(resource.status, 'status'),
    },
  }
}

function withTransitionRules(
  spec: StructuralSchema,
  transitionRules: readonly ValidationRule[],
): StructuralSchema {
  const rules = [
    ...((spec['x-kubernetes-validations'] ?? []) as readonly ValidationRule[]),
    ...transitionRules,
  ]
  return rules.length === 0 ? spec : { ...spec, 'x-kubernetes-validations': rules }
}
