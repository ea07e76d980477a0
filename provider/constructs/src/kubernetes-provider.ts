/**
 * The Terraform provider that delivers manifests, hashicorp/kubernetes. Its generated bindings (dozens of megabytes)
 * are not needed for one resource; a stack that has them passes their provider instead of ours.
 */
import type { ProviderMetadata, TerraformElement } from './terraform-library.ts'

/** How to reach the cluster. What is not said, the provider takes from `KUBE_*` variables or from inside a pod; not from KUBECONFIG. */
export interface KubernetesProviderProps {
  /** Tells the providers of a stack apart when it delivers to several clusters. */
  readonly alias?: string
  /** Path of a kubeconfig. */
  readonly configPath?: string
  /** Context in that kubeconfig. Default: its current one. */
  readonly configContext?: string
}

/** From 2.22 on `kubernetes_manifest` reads an object again once its condition is met; 4 is not known yet. */
export const kubernetesMetadata: ProviderMetadata = {
  providerName: 'kubernetes',
  providerVersionConstraint: '>= 2.22.0, < 4.0.0',
}

/** What the provider block and `required_providers` say. */
export const kubernetesProvider = {
  terraformResourceType: 'kubernetes',
  terraformGeneratorMetadata: kubernetesMetadata,
  terraformProviderSource: 'hashicorp/kubernetes',
}

/** Writes the props into the provider block. */
export function configureKubernetes(
  provider: TerraformElement,
  props: KubernetesProviderProps,
): void {
  if (props.configPath !== undefined) provider.addOverride('config_path', props.configPath)
  if (props.configContext !== undefined) provider.addOverride('config_context', props.configContext)
}
