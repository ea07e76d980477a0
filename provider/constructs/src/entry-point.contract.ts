/** What both entry points guarantee: one suite, run over the constructs of cdktf and of cdktn. */
import type { Construct } from 'constructs'
import { describe, expect, it } from 'vitest'
import type { ApiKeyClass } from './api-key.ts'
import type { Resolvable } from './api-key-props.ts'
import { Duration } from './duration.ts'
import { Expiration } from './expiration.ts'
import type { KubernetesProviderProps } from './kubernetes-provider.ts'
import type { ApiKeyManifest } from './manifest.ts'

/** One entry point with what its library has for tests. */
export interface EntryPoint<Stack extends Construct, Provider> {
  readonly ApiKey: ApiKeyClass<Provider>
  readonly KubernetesProvider: new (
    scope: Construct,
    id: string,
    props?: KubernetesProviderProps,
  ) => Provider
  readonly newStack: () => Stack
  /** The synthesised JSON; throws what the validations say. */
  readonly synth: (stack: Stack) => string
  readonly variables: (stack: Stack) => {
    readonly text: string
    readonly list: string[]
    readonly map: Record<string, string>
    readonly boolean: Resolvable
  }
}

interface Synthesised {
  readonly manifest: ApiKeyManifest
  readonly [attribute: string]: unknown
}

/** The suite. */
export function describeEntryPoint<Stack extends Construct, Provider>(
  library: string,
  entry: EntryPoint<Stack, Provider>,
): void {
  const { ApiKey } = entry

  function newStack(): Stack {
    const stack = entry.newStack()
    new entry.KubernetesProvider(stack, 'kubernetes', { configPath: '~/.kube/config' })
    return stack
  }

  function synth(stack: Stack) {
    const synthesised = JSON.parse(entry.synth(stack))
    // "Resource" is left out of logical ids, so the resource goes by the construct's own id and a hash.
    const resources = Object.entries<Synthesised>(synthesised.resource.kubernetes_manifest)
    const [, key] = resources.find(([id]) => /^analytics_[0-9A-F]{8}$/.test(id)) ?? []
    if (key === undefined) throw new Error('No resource of the construct analytics was synthesised')
    return { ...synthesised, key }
  }

  describe(`the ApiKey construct on ${library}`, () => {
    it('delivers an ApiKey manifest that says what the person said and no default', () => {
      const stack = newStack()
      new ApiKey(stack, 'analytics', {
        rotation: { before: Duration.days(7), gracePeriod: '2h' },
        scopes: ['readApplications', 'readMerchants'],
        expiration: Expiration.after(Duration.days(90)),
        namespace: 'latchkey-demo',
        metadata: { labels: { team: 'data' } },
      })
      expect(synth(stack).key.manifest).toEqual({
        apiVersion: 'latchkey.dev/v1alpha1',
        kind: 'ApiKey',
        metadata: { name: 'analytics', namespace: 'latchkey-demo', labels: { team: 'data' } },
        spec: {
          scopes: ['readApplications', 'readMerchants'],
          expiration: { after: '2160h' },
          rotation: { before: '168h', gracePeriod: '2h' },
        },
      })
    })

    it('waits until the key is Ready and lets the API server add to the metadata', () => {
      const stack = newStack()
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo' })
      const { key } = synth(stack)
      expect(key.wait).toEqual({ condition: [{ type: 'Ready', status: 'True' }] })
      expect(key.computed_fields).toContain('metadata.finalizers')
    })

    it('does not wait for a suspended key', () => {
      const stack = newStack()
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo', suspend: true })
      expect(synth(stack).key).not.toHaveProperty('wait')
    })

    it('asks Terraform for the provider hashicorp/kubernetes and nothing else', () => {
      const stack = newStack()
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo' })
      const { terraform, provider } = synth(stack)
      expect(terraform.required_providers).toEqual({
        kubernetes: { source: 'hashicorp/kubernetes', version: '>= 2.22.0, < 4.0.0' },
      })
      expect(provider.kubernetes).toEqual([{ config_path: '~/.kube/config' }])
    })

    it('refuses a stack without a Kubernetes provider', () => {
      const stack = entry.newStack()
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo' })
      expect(() => entry.synth(stack)).toThrow(/without a matching provider.*kubernetes/s)
    })

    it('delivers through the provider it is given', () => {
      const stack = newStack()
      const provider = new entry.KubernetesProvider(stack, 'edge', {
        alias: 'edge',
        configContext: 'edge',
      })
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo', provider })
      const synthesised = synth(stack)
      expect(synthesised.key.provider).toBe('kubernetes.edge')
      expect(synthesised.provider.kubernetes).toContainEqual({
        alias: 'edge',
        config_context: 'edge',
      })
    })

    it('reports everything that is wrong at synth, at once, with the sentences of the schema', () => {
      const stack = newStack()
      new ApiKey(stack, 'Analytics', {
        namespace: 'latchkey-demo',
        scopes: ['not a scope'],
        expiration: Expiration.after(Duration.days(-1)),
        rotation: { period: '10s' },
      })
      const report = messageOf(() => entry.synth(stack))
      expect(report).toContain('metadata.name: must be a DNS subdomain name')
      expect(report).toContain('spec.scopes[0]: must be a scope such as readApplications')
      expect(report).toContain('spec.expiration.after: must be a duration such as 720h')
      expect(report).toContain('spec.rotation.period: rotation.period must be at least 60s')
    })

    it('lets values pass that are known only later', () => {
      const stack = newStack()
      const { text, list, map, boolean } = entry.variables(stack)
      new ApiKey(stack, 'analytics', {
        name: text,
        namespace: text,
        scopes: list,
        expiration: { after: text },
        rotation: { before: Duration.days(7), gracePeriod: text },
        secret: { name: text, labels: map },
        suspend: boolean,
      })
      const { manifest, ...attributes } = synth(stack).key
      expect(manifest.metadata).toEqual({ name: reference('text'), namespace: reference('text') })
      expect(manifest.spec.scopes).toBe(reference('list'))
      expect(manifest.spec.secret).toEqual({ name: reference('text'), labels: reference('map') })
      expect(manifest.spec.suspend).toBe(reference('boolean'))
      // Whether it will be suspended is not known, so waiting could end in a timeout.
      expect(attributes).not.toHaveProperty('wait')
    })

    it("lets Terraform's own expressions pass, but not their literal signs", () => {
      const stack = newStack()
      new ApiKey(stack, 'analytics', { namespace: reference('text') })
      expect(synth(stack).key.manifest.metadata.namespace).toBe(reference('text'))
      new ApiKey(stack, 'literal', { namespace: `$${reference('text')}` })
      expect(messageOf(() => entry.synth(stack))).toContain(
        '[demo/literal] metadata.namespace: must',
      )
    })

    it('still reports what is wrong beside a value that is known only later', () => {
      const stack = newStack()
      const { text } = entry.variables(stack)
      new ApiKey(stack, 'analytics', {
        namespace: 'latchkey-demo',
        displayName: text,
        expiration: { after: '24h' },
        rotation: { before: '48h' },
      })
      expect(messageOf(() => entry.synth(stack))).toContain(
        'spec.rotation: rotation.before must be at least 60s shorter than expiration.after',
      )
    })

    it('names the Secret and its entries for whoever uses the key', () => {
      const stack = newStack()
      const plain = new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo' })
      const named = new ApiKey(stack, 'billing', {
        namespace: 'latchkey-demo',
        name: 'billing-key',
        secret: { name: 'billing-token' },
      })
      expect([plain.name, plain.namespace, plain.secretName]).toEqual([
        'analytics',
        'latchkey-demo',
        'analytics',
      ])
      expect(plain.secretRef()).toEqual({ name: 'analytics', key: 'token' })
      expect(named.name).toBe('billing-key')
      expect(named.secretRef('apiKey')).toEqual({ name: 'billing-token', key: 'apiKey' })
    })

    it('waits for what it depends on, and can be depended on itself', () => {
      const stack = newStack()
      const first = new ApiKey(stack, 'first', { namespace: 'latchkey-demo' })
      new ApiKey(stack, 'analytics', { namespace: 'latchkey-demo', dependsOn: [first] })
      expect(synth(stack).key.depends_on).toEqual([
        expect.stringMatching(/^kubernetes_manifest\.first_/),
      ])
    })

    it('renders the same manifest without a stack', () => {
      const stack = newStack()
      const props = { name: 'analytics', namespace: 'latchkey-demo', scopes: ['readApplications'] }
      new ApiKey(stack, 'analytics', props)
      expect(synth(stack).key.manifest).toEqual(ApiKey.manifest(props))
    })
  })
}

function reference(variable: string): string {
  return `\${var.${variable}}`
}

function messageOf(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    return String(error)
  }
  return 'nothing was thrown'
}
