/**
 * A team's key as infrastructure code: a key for its dashboard, and the Deployment that uses it. The token appears
 * nowhere here, nor in Terraform's plan or state: the operator writes it into the Secret `dashboard`, and the pods
 * are given it as they are created.
 *
 *   npm start                           # elsewhere: a cluster with Latchkey, the namespace and its key service
 *   source .latchkey/env
 *   npx node examples/cdktf/main.ts     # writes cdktf.out/stacks/latchkey-demo/cdk.tf.json
 *   cd cdktf.out/stacks/latchkey-demo
 *   terraform init && terraform apply
 *
 * With the CDKTF CLI, `cdktf deploy` in this folder does the last three. For CDK Terrain write `cdktn` in place of
 * `cdktf` in the imports; nothing else differs.
 */
import { ApiKey, Duration, Expiration, KubernetesProvider } from '@latchkey/constructs/cdktf'
import { App, TerraformStack } from 'cdktf'
import { kubernetesObject } from './kubernetes-object.ts'

const app = new App()
const stack = new TerraformStack(app, 'latchkey-demo')
// The provider itself does not look at KUBECONFIG.
const configPath = process.env.KUBECONFIG ?? '~/.kube/config'
new KubernetesProvider(stack, 'kubernetes', { configPath })

const key = new ApiKey(stack, 'dashboard', {
  namespace: 'latchkey-demo',
  displayName: 'Dashboard - Production',
  scopes: ['readApplications', 'readMerchants'],
  expiration: Expiration.after(Duration.days(90)),
  // A week before the key expires its successor takes over; the old token works for another day.
  rotation: { before: Duration.days(7), gracePeriod: Duration.hours(24) },
  metadata: { labels: { team: 'data' } },
})

kubernetesObject(
  stack,
  'deployment',
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
          annotations: { 'latchkey.dev/inject': `${key.secretName}=PULSE_TOKEN` },
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
