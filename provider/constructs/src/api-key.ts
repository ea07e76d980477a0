/**
 * The ApiKey construct: a declared key as a `kubernetes_manifest`. Terraform delivers the wish, the operator in the
 * cluster fulfils it, and the token never meets the pipeline, its plan or its state.
 */
import { Construct } from 'constructs'
import type { ApiKeyDeclaration, ApiKeyProps } from './api-key-props.ts'
import { checkManifest } from './check-manifest.ts'
import { kubernetesMetadata } from './kubernetes-provider.ts'
import { type ApiKeyManifest, apiKeyManifest } from './manifest.ts'
import type { TerraformElement, TerraformLibrary } from './terraform-library.ts'

/** A reference to one entry of the Secret, as `env[].valueFrom.secretKeyRef` takes it. */
export interface SecretRef {
  readonly name: string
  readonly key: string
}

/** A declared key in a stack. */
interface ApiKeyElement extends Construct {
  readonly name: string
  readonly namespace: string
  /** Name of the Secret that holds the token, known at synth. */
  readonly secretName: string
  /** The address of the Terraform resource: what depends on it waits until the key is Ready. */
  readonly fqn: string
  /** One entry of the Secret; a single token lies under `token`, a pair under `apiKey` and `apiSecret`. */
  secretRef(key?: string): SecretRef
}

/** The construct as one library has it. */
export interface ApiKeyClass<Provider> {
  new (scope: Construct, id: string, props: ApiKeyProps<Provider>): ApiKeyElement
  /** The manifest that `new ApiKey` delivers for the same props. Pure; checks nothing. */
  manifest(declaration: ApiKeyDeclaration): ApiKeyManifest
}

/** Binds the construct to a CDK for Terraform. Everything wrong with its props is reported at synth, at once. */
export function apiKeyClass<Provider>(library: TerraformLibrary<Provider>): ApiKeyClass<Provider> {
  return class ApiKey extends Construct implements ApiKeyElement {
    static manifest(declaration: ApiKeyDeclaration): ApiKeyManifest {
      return apiKeyManifest(declaration)
    }

    readonly name: string
    readonly namespace: string
    readonly secretName: string
    readonly #resource: TerraformElement

    constructor(scope: Construct, id: string, props: ApiKeyProps<Provider>) {
      super(scope, id)
      const { provider, dependsOn = [], ...declared } = props
      const manifest = apiKeyManifest({ ...declared, name: props.name ?? id })
      this.name = manifest.metadata.name
      this.namespace = manifest.metadata.namespace
      this.secretName = manifest.spec.secret?.name ?? this.name
      this.#resource = new library.TerraformResource(this, 'Resource', {
        terraformResourceType: 'kubernetes_manifest',
        terraformGeneratorMetadata: kubernetesMetadata,
        ...(dependsOn.length === 0 ? {} : { dependsOn: [...dependsOn] }),
        ...(provider === undefined ? {} : { provider }),
      })
      deliver(this.#resource, manifest)
      this.node.addValidation({
        validate: () =>
          checkManifest(manifest, (value) => filledLater(value, library.Token)).map(
            (issue) => `${issue.path}: ${issue.message}`,
          ),
      })
    }

    get fqn(): string {
      return this.#resource.fqn
    }

    secretRef(key = 'token'): SecretRef {
      return { name: this.secretName, key }
    }
  }
}

function deliver(resource: TerraformElement, manifest: ApiKeyManifest): void {
  resource.addOverride('manifest', manifest)
  // What others than Terraform add to: admission sets the finalizer as the object is created. Labels and
  // annotations are the provider's own list, which naming any field replaces.
  resource.addOverride('computed_fields', [
    'metadata.labels',
    'metadata.annotations',
    'metadata.finalizers',
  ])
  // A suspended key need not become Ready, and waiting for it would end the apply with a timeout.
  const { suspend } = manifest.spec
  if (suspend === undefined || suspend === false) {
    resource.addOverride('wait', { condition: [{ type: 'Ready', status: 'True' }] })
  }
}

// Beside the CDK's tokens, text may hold Terraform's own ${…} and %{…}; doubled, they are the literal signs.
function filledLater(value: unknown, token: { isUnresolved(value: unknown): boolean }): boolean {
  return (
    token.isUnresolved(value) ||
    (typeof value === 'string' && /(^|[^$])\$\{|(^|[^%])%\{/.test(value))
  )
}
