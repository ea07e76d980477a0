import { type ITerraformDependable, TerraformResource, type TerraformStack } from 'cdktf'

/**
 * Any other Kubernetes object, delivered as ApiKeys are. A stack that has the generated bindings of the Kubernetes
 * provider uses their `Manifest` or `DeploymentV1` instead.
 */
export function kubernetesObject(
  stack: TerraformStack,
  id: string,
  manifest: Readonly<Record<string, unknown>>,
  dependsOn: readonly ITerraformDependable[],
): TerraformResource {
  const resource = new TerraformResource(stack, id, {
    terraformResourceType: 'kubernetes_manifest',
    terraformGeneratorMetadata: { providerName: 'kubernetes' },
    dependsOn: [...dependsOn],
  })
  resource.addOverride('manifest', manifest)
  return resource
}
