import { z } from 'zod'
import { conditions } from './condition.ts'
import { objectName } from './object-name.ts'
import { asSet, withRules } from './rule.ts'

const secretKeyRef = z.strictObject({
  name: objectName,
  key: z.string().min(1).max(253).default('token'),
})

const credentials = withRules(
  z.strictObject({
    tokenRef: secretKeyRef.optional().meta({ description: 'Secret entry with a single token.' }),
    keyRef: secretKeyRef
      .optional()
      .meta({ description: 'Secret entry with the key of a key + secret pair.' }),
    secretRef: secretKeyRef
      .optional()
      .meta({ description: 'Secret entry with the secret of the pair.' }),
  }),
  [
    {
      cel: 'has(self.tokenRef) ? !(has(self.keyRef) || has(self.secretRef)) : (has(self.keyRef) && has(self.secretRef))',
      message: 'credentials needs either tokenRef, or keyRef together with secretRef',
      holds: (value) =>
        value.tokenRef === undefined
          ? value.keyRef !== undefined && value.secretRef !== undefined
          : value.keyRef === undefined && value.secretRef === undefined,
    },
  ],
)

const fields = {
  url: z
    .string()
    .max(2048)
    .regex(
      /^https?:\/\/([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(\/[A-Za-z0-9._~:@!$&'()*+,;=%/-]*)?$/,
      'must be an http or https URL without user, query and fragment',
    ),
  driver: z.enum(['latchkey']).default('latchkey'),
  credentials,
  account: z.string().min(1).max(128).optional().meta({
    description: "Account of new keys. Default: the credential's primary account.",
  }),
  caBundle: z.string().max(1_048_576).optional().meta({
    description: 'PEM certificates to trust beside the public ones.',
  }),
}

/** A key service for the namespace it lives in. */
export const keyServiceSpec = z.strictObject({
  ...fields,
  default: z.boolean().default(false).meta({
    description: 'Serves the ApiKeys of this namespace that name no service.',
  }),
})

/** A key service for the namespaces and scopes that it names. Its credentials lie in `secretNamespace`. */
export const clusterKeyServiceSpec = z.strictObject({
  ...fields,
  secretNamespace: objectName.meta({ description: "Namespace of the credentials' Secrets." }),
  namespaces: asSet(z.array(z.string().min(1).max(253)).max(512))
    .default([])
    .meta({
      description: "Namespaces it is for; '*' means all. None unless named.",
    }),
  scopes: asSet(z.array(z.string().min(1).max(128)).max(256))
    .default([])
    .meta({
      description: "Scopes that its keys may have; '*' means all. None unless named.",
    }),
  default: z.boolean().default(false).meta({
    description:
      'Serves ApiKeys that name no service, in namespaces without a default of their own.',
  }),
})

/** What the operator tells about a key service. */
export const keyServiceStatus = z.object({
  observedGeneration: z.number().int().min(0).optional(),
  conditions: conditions.optional(),
  account: z.string().optional(),
  plan: z.string().optional(),
  keysUsed: z.number().int().optional(),
  keyLimit: z.number().int().optional(),
})

export type KeyServiceSpec = z.infer<typeof keyServiceSpec>
export type ClusterKeyServiceSpec = z.infer<typeof clusterKeyServiceSpec>
export type KeyServiceStatus = z.infer<typeof keyServiceStatus>
