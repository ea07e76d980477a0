import { z } from 'zod'
import { duration, durationSeconds } from './duration.ts'
import { expiration } from './expiration.ts'
import { objectName } from './object-name.ts'
import { asSet, withRules } from './rule.ts'
import { scope } from './scope.ts'
import { secret } from './secret.ts'

const reference = z.string().min(1).max(128)

/** The longest name of a key at its service. */
export const displayNameAtMost = 128

/** Which key service a key comes from. */
export const serviceRef = z.strictObject({
  kind: z.enum(['KeyService', 'ClusterKeyService']).default('KeyService'),
  name: objectName,
})

const rotation = withRules(
  z.strictObject({
    period: duration.optional().meta({ description: 'Rotate when the key is this old.' }),
    before: duration.optional().meta({ description: 'Rotate this long before the key expires.' }),
    strategy: z.enum(['Rolling', 'Recreate']).default('Rolling').meta({
      description:
        'Rolling: the previous key works for gracePeriod. Recreate: revoke first, for services without room.',
    }),
    gracePeriod: duration.default('1h').meta({
      description: 'How long the previous key still works after a rotation.',
    }),
  }),
  [
    {
      cel: 'has(self.period) || has(self.before)',
      message: 'rotation needs period, or before together with an expiration, or both',
      holds: (value) => value.period !== undefined || value.before !== undefined,
    },
    {
      cel: "!has(self.period) || duration(self.period) >= duration('60s')",
      message: 'rotation.period must be at least 60s',
      holds: (value) => value.period === undefined || durationSeconds(value.period) >= 60,
      field: 'period',
    },
  ],
)

/** What a person declares: one wish, many keys over time. */
export const apiKeySpec = withRules(
  z.strictObject({
    serviceRef: serviceRef
      .optional()
      .meta({ description: 'Default: the service marked as the default.' }),
    displayName: z.string().min(1).max(displayNameAtMost).optional().meta({
      description: 'Name at the key service. Default: namespace/name. Renamed in place.',
    }),
    description: z.string().max(512).optional(),
    account: reference
      .optional()
      .meta({ description: "Default: the credential's primary account." }),
    space: reference.optional(),
    owner: reference
      .optional()
      .meta({ description: 'Naming another owner needs a right at the service.' }),
    scopes: asSet(z.array(scope).max(64)).optional().meta({
      description: 'Rights of the key, changed in place where the service can.',
    }),
    expiration: expiration.optional(),
    rotation: rotation.optional(),
    secret: secret.optional(),
    deletionPolicy: z.enum(['Revoke', 'Retain']).default('Revoke').meta({
      description: 'What happens to the key at the service when the ApiKey goes.',
    }),
    suspend: z.boolean().default(false).meta({ description: 'Change nothing while true.' }),
  }),
  [
    {
      cel: '!has(self.rotation) || !has(self.rotation.before) || (has(self.expiration) && has(self.expiration.after))',
      message:
        'rotation.before needs expiration.after to come before; set it or use rotation.period',
      holds: (spec) => spec.rotation?.before === undefined || spec.expiration?.after !== undefined,
      field: 'rotation',
    },
    {
      cel: "!has(self.rotation) || !has(self.rotation.before) || !has(self.expiration) || !has(self.expiration.after) || duration(self.rotation.before) + duration('60s') <= duration(self.expiration.after)",
      message:
        'rotation.before must be at least 60s shorter than expiration.after, or the key would rotate without end',
      holds: (spec) =>
        spec.rotation?.before === undefined ||
        spec.expiration?.after === undefined ||
        durationSeconds(spec.rotation.before) + 60 <= durationSeconds(spec.expiration.after),
      field: 'rotation',
    },
  ],
)

/** A spec as parsed: defaults are in, every rule holds. */
export type ApiKeySpec = z.infer<typeof apiKeySpec>
/** A spec as a person writes it. */
export type ApiKeySpecInput = z.input<typeof apiKeySpec>
