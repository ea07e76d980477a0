import { type ApiKeySpecInput, apiKeySpec } from '@latchkey/core'
import type { ApiKeyDeclaration, ApiKeyPlace, Declared } from './api-key-props.ts'

/** An ApiKey as the API server takes it. */
export interface ApiKeyManifest {
  readonly apiVersion: 'latchkey.dev/v1alpha1'
  readonly kind: 'ApiKey'
  readonly metadata: NonNullable<ApiKeyPlace['metadata']> & {
    readonly name: string
    readonly namespace: string
  }
  readonly spec: Declared<ApiKeySpecInput>
}

/**
 * The manifest of a declared ApiKey: what the person said and nothing else, so that defaults stay the API
 * server's. The fields of the spec come in the schema's order, whatever order they were written in. Pure, and
 * checks nothing: what the schema does not know is passed on, for synth and the API server to refuse.
 */
export function apiKeyManifest(declaration: ApiKeyDeclaration): ApiKeyManifest {
  const { name, namespace, metadata, ...spec } = declaration
  return {
    apiVersion: 'latchkey.dev/v1alpha1',
    kind: 'ApiKey',
    metadata: said({ name, namespace, ...metadata }),
    spec: said({ ...emptySpec(), ...spec }),
  }
}

/** Every field of the spec as undefined: what is spread over it keeps this order. */
function emptySpec(): Partial<Record<keyof ApiKeySpecInput, undefined>> {
  return Object.fromEntries(Object.keys(apiKeySpec.shape).map((field) => [field, undefined]))
}

/** The value without what is undefined at any depth; what the CDK resolves later is left as it is. */
function said<T>(value: T): T {
  if (Array.isArray(value)) return value.map(said) as T
  if (value === null || typeof value !== 'object' || 'resolve' in value) return value
  const entries = Object.entries(value).filter(([, entry]) => entry !== undefined)
  return Object.fromEntries(entries.map(([field, entry]) => [field, said(entry)])) as T
}
