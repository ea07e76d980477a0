/**
 * One meaning: what a person writes in YAML and what the same person writes as a construct is the same object,
 * down to the spec that the reconcile works with.
 */
import { type ApiKeySpecInput, parseSpec, secretTypes } from '@latchkey/core'
import { TerraformStack, Testing } from 'cdktf'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parse, stringify } from 'yaml'
import { ApiKey, type ApiKeyManifest, Duration, Expiration, KubernetesProvider } from './cdktf.ts'
import { outdir } from './test-outdir.ts'

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/)
// Terraform reads ${ and %{ inside a text as its own; all other signs reach the API server as they are.
const text = fc
  .string({ minLength: 1, maxLength: 40, unit: 'grapheme' })
  .filter((value) => !/[$%]\{/.test(value))
const duration = fc.integer({ min: 3600, max: 100_000_000 }).map(Duration.seconds)
const labels = fc.dictionary(name, name, { maxKeys: 3 })
const texts = fc.dictionary(name, text, { minKeys: 1, maxKeys: 3 })
const instant = fc.date({
  min: new Date('2030-01-01T00:00:00Z'),
  max: new Date('2999-12-31T00:00:00Z'),
  noInvalidDate: true,
})
const scopes = fc.uniqueArray(fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/*-]{0,20}$/), {
  maxLength: 5,
})

/** Valid specs, as a person may write them. */
const specs: fc.Arbitrary<ApiKeySpecInput> = fc.record(
  {
    serviceRef: fc.record(
      { kind: fc.constantFrom('KeyService', 'ClusterKeyService'), name },
      { requiredKeys: ['name'] },
    ),
    displayName: text,
    description: text,
    account: name,
    space: name,
    owner: name,
    scopes,
    expiration: fc.oneof(duration.map(Expiration.after), instant.map(Expiration.at)),
    rotation: fc.record(
      { period: duration, strategy: fc.constantFrom('Rolling', 'Recreate'), gracePeriod: duration },
      { requiredKeys: ['period'] },
    ),
    secret: fc.record(
      {
        name,
        type: fc.constantFrom(...secretTypes),
        labels,
        annotations: texts,
        data: texts,
        deletionPolicy: fc.constantFrom('Delete', 'Retain'),
      },
      { requiredKeys: [] },
    ),
    deletionPolicy: fc.constantFrom('Revoke', 'Retain'),
    suspend: fc.boolean(),
  },
  { requiredKeys: [] },
)

const validSpec = specs.filter((spec) => parseSpec(spec).kind === 'valid')
const metadata = fc.record(
  { name, namespace: name, labels, annotations: texts },
  { requiredKeys: ['name', 'namespace'] },
)

describe('a declaration in YAML and the same declaration as a construct', () => {
  it('give the same object', () => {
    fc.assert(
      fc.property(metadata, validSpec, (metadata, spec) => {
        const written = parse(
          stringify({ apiVersion: 'latchkey.dev/v1alpha1', kind: 'ApiKey', metadata, spec }),
        )
        const delivered = deliver(metadata, spec)
        expect(delivered).toEqual(written)
        expect(parseSpec(delivered.spec)).toEqual(parseSpec(written.spec))
      }),
      { numRuns: 50 },
    )
  })
})

/** The manifest that Terraform finds in what the CDK wrote. */
function deliver(
  { name, namespace, ...metadata }: ApiKeyManifest['metadata'],
  spec: ApiKeySpecInput,
): ApiKeyManifest {
  const stack = new TerraformStack(Testing.app({ outdir }), 'demo')
  new KubernetesProvider(stack, 'kubernetes')
  new ApiKey(stack, name, { ...spec, namespace, metadata })
  const { resource } = JSON.parse(Testing.synth(stack, true))
  const [delivered] = Object.values<{ readonly manifest: ApiKeyManifest }>(
    resource.kubernetes_manifest,
  )
  if (delivered === undefined) throw new Error('Nothing was synthesised')
  return delivered.manifest
}
