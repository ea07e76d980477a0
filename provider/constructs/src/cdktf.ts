/** The constructs for CDKTF (`cdktf`). */
import { TerraformProvider, TerraformResource, Token } from 'cdktf'
import type { Construct } from 'constructs'
import { apiKeyClass } from './api-key.ts'
import type { ApiKeyProps as Props } from './api-key-props.ts'
import {
  configureKubernetes,
  type KubernetesProviderProps,
  kubernetesProvider,
} from './kubernetes-provider.ts'

export type { SecretRef } from './api-key.ts'
export type { ApiKeyDeclaration } from './api-key-props.ts'
export { Duration } from './duration.ts'
export { Expiration } from './expiration.ts'
export type { KubernetesProviderProps } from './kubernetes-provider.ts'
export type { ApiKeyManifest } from './manifest.ts'

/** What `new ApiKey` takes. */
export type ApiKeyProps = Props<TerraformProvider>

/** An API key as a declared resource; see docs/constructs.md. */
export class ApiKey extends apiKeyClass<TerraformProvider>({ TerraformResource, Token }) {}

/** The provider hashicorp/kubernetes for stacks that do not bring its generated bindings. */
export class KubernetesProvider extends TerraformProvider {
  readonly #alias: string | undefined

  constructor(scope: Construct, id: string, props: KubernetesProviderProps = {}) {
    super(scope, id, kubernetesProvider)
    this.#alias = props.alias
    configureKubernetes(this, props)
  }

  override get alias(): string | undefined {
    return this.#alias
  }
}
