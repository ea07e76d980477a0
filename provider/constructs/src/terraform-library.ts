import type { Construct } from 'constructs'

/**
 * What we need of a CDK for Terraform. cdktf and cdktn are one design in two packages whose classes do not mix (a
 * resource of one cannot be synthesised in a stack of the other), so a construct is written against this port and
 * bound to each of them in an entry file of its own.
 */
export interface TerraformLibrary<Provider> {
  readonly TerraformResource: new (
    scope: Construct,
    id: string,
    config: ResourceConfig<Provider>,
  ) => TerraformElement
  readonly Token: { isUnresolved(value: unknown): boolean }
}

/** How a resource says what it is and which provider serves it. */
interface ResourceConfig<Provider> {
  readonly terraformResourceType: string
  readonly terraformGeneratorMetadata: ProviderMetadata
  readonly provider?: Provider
  readonly dependsOn?: Dependable[]
}

/** A resource of a stack, or a construct that stands for one. */
export interface Dependable {
  /** The address by which the rest of the stack refers to it. */
  readonly fqn: string
}

/** By these names synth finds out that a stack lacks a provider, and writes `required_providers`. */
export interface ProviderMetadata {
  readonly providerName: string
  readonly providerVersionConstraint: string
}

/** A block of the synthesised Terraform. */
export interface TerraformElement extends Dependable {
  /** Sets one attribute of the block. */
  addOverride(path: string, value: unknown): void
}
