/**
 * A team's key as infrastructure code: a namespace, a key for the analytics service, and the Deployment that uses it.
 * The token appears nowhere here, nor in Terraform's plan or state: the operator writes it into the Secret
 * `analytics`, and the pods are given it as they are created.
 *
 *   npx node examples/cdktf/main.ts                  # writes cdktf.out/stacks/latchkey-demo/cdk.tf.json
 *   cd cdktf.out/stacks/latchkey-demo
 *   terraform init && terraform apply                # needs a cluster where Latchkey is installed (npm start)
 *
 * With the CDKTF CLI, `cdktf deploy` in this folder does all of it. For CDK Terrain write `cdktn` in place of
 * `cdktf` in both imports; nothing else differs.
 */
import { ApiKey, Duration, Expiration, KubernetesProvider } from '@latchkey/constructs/cdktf'
import { App, TerraformStack } from 'cdktf'
import { kubernetesObject } from './kubernetes-object.ts'

const app = new App()
const stack = new TerraformStack(app, 'latchkey-demo')
// Reads KUBE_CONFIG_PATH; `npm start` writes a kubeconfig to .latchkey/.
new KubernetesProvider(stack, 'kubernetes')

const namespace = kubernetesObject(stack, 'namespace', {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'latchkey-demo' },
})

const key = new ApiKey(stack, 'analytics', {
  namespace: 'latchkey-demo',
  displayName: 'Analytics Dashboard - Production',
  scopes: ['readApplications', 'readMerchants'],
  expiration: Expiration.after(Duration.days(90)),
  // A week before the key expires its successor takes over; the old token works for another day.
  rotation: { before: Duration.days(7), gracePeriod: Duration.hours(24) },
  metadata: { labels: { team: 'data' } },
  dependsOn: [namespace],
})

kubernetesObject(
  stack,
  'dashboard',
  {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'dashboard', namespace: 'latchkey-demo' },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: 'dashboard' } },
      template: {
        metadata: {
          labels: { app: 'dashboard' },
          annotations: { 'latchkey.dev/inject': `${key.secretName}=ANALYTICS_TOKEN` },
        },
        spec: {
          containers: [{ name: 'dashboard', image: 'registry.k8s.io/pause:3.10' }],
        },
      },
    },
  },
  [key],
)

app.synth()
