import type { ApiKeySpecInput } from '@latchkey/core'
import type { Dependable } from './terraform-library.ts'

/** A value that the CDK fills in later and that has no text form, such as a variable's `booleanValue`. */
export interface Resolvable {
  readonly creationStack: string[]
  resolve(context: never): unknown
}

/** What a person may write for `T`: never changed by us, and a boolean may be known only later. */
export type Declared<T> = T extends boolean
  ? T | Resolvable
  : T extends readonly (infer Element)[]
    ? readonly Declared<Element>[]
    : T extends object
      ? { readonly [Key in keyof T]: Declared<T[Key]> }
      : T

/** Where the ApiKey lies in the cluster, and what else its metadata says. */
export interface ApiKeyPlace {
  readonly namespace: string
  /** Default: the id of the construct. */
  readonly name?: string
  readonly metadata?: {
    readonly labels?: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/** An ApiKey as code declares it: the fields of its spec, and its place. */
export type ApiKeyDeclaration = Declared<ApiKeySpecInput> & ApiKeyPlace & { readonly name: string }

/** What `new ApiKey` takes. The fields of the spec are core's own; this package describes none of them. */
export type ApiKeyProps<Provider> = Declared<ApiKeySpecInput> &
  ApiKeyPlace & {
    /** The Kubernetes provider to deliver with. Default: the stack's only one. */
    readonly provider?: Provider
    /** What has to be there first, for example the namespace. */
    readonly dependsOn?: readonly Dependable[]
  }
