import { z } from 'zod'
import { objectName } from './object-name.ts'
import { type Rule, withRules } from './rule.ts'

/** Types of Secrets we write; a type that a controller fills (service-account-token) is never one of them. */
export const secretTypes = [
  'Opaque',
  'kubernetes.io/basic-auth',
  'kubernetes.io/dockerconfigjson',
  'servicebinding.io/key',
] as const

const metadataKey =
  /^([a-z0-9]([-a-z0-9.]{0,250}[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const labelValue = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
const dataKey = /^[-A-Za-z0-9_][-._A-Za-z0-9]{0,252}$|^[.][-A-Za-z0-9_][-._A-Za-z0-9]{0,251}$/
const ours = /^(latchkey[.]dev[/]|app[.]kubernetes[.]io[/]managed-by$)/

/** Braces in pairs are placeholders, each of them one that we know; single ones, as in JSON, mean nothing. */
const template = /^([^{]|\{[^{]|\{\{[ \t]*(token|apiKey|apiSecret|keyId)[ \t]*\}\})*\{?$/

/** CEL that holds when every key of a map matches. */
const keysMatch = (pattern: RegExp) =>
  `self.all(key, key.matches(${JSON.stringify(pattern.source)}))`

type Entries = Readonly<Record<string, string>>

const metadataRules = (field: 'labels' | 'annotations'): Rule<Entries>[] => [
  {
    cel: 'size(self) <= 32',
    message: `secret.${field} has room for 32 entries`,
    holds: (value) => Object.keys(value).length <= 32,
  },
  {
    cel: keysMatch(metadataKey),
    message: `secret.${field} needs keys such as team or example.com/team`,
    holds: (value) => Object.keys(value).every((key) => metadataKey.test(key)),
  },
  {
    cel: `self.all(key, !key.matches(${JSON.stringify(ours.source)}))`,
    message: `secret.${field} must leave latchkey.dev/ and app.kubernetes.io/managed-by to Latchkey`,
    holds: (value) => !Object.keys(value).some((key) => ours.test(key)),
  },
]

const labels = withRules(z.record(z.string(), z.string().max(63)).meta({ maxProperties: 32 }), [
  ...metadataRules('labels'),
  {
    cel: `self.all(key, self[key].matches(${JSON.stringify(labelValue.source)}))`,
    message: 'secret.labels needs values of letters, digits, dots, dashes and underscores',
    holds: (value) => Object.values(value).every((text) => labelValue.test(text)),
  },
])

const annotations = withRules(
  z.record(z.string(), z.string().max(4096)).meta({ maxProperties: 32 }),
  metadataRules('annotations'),
)

const data = withRules(z.record(z.string(), z.string().max(16_384)).meta({ maxProperties: 32 }), [
  {
    cel: 'size(self) > 0 && size(self) <= 32',
    message:
      'secret.data needs one to 32 entries; leave it out for one entry per part of the credential',
    holds: (value) => Object.keys(value).length > 0 && Object.keys(value).length <= 32,
  },
  {
    cel: keysMatch(dataKey),
    message: 'secret.data needs keys of letters, digits, dots, dashes and underscores',
    holds: (value) => Object.keys(value).every((key) => dataKey.test(key)),
  },
  {
    cel: `self.all(key, self[key].matches(${JSON.stringify(template.source)}))`,
    message:
      'secret.data knows {{ token }}, {{ apiKey }}, {{ apiSecret }} and {{ keyId }}, and no other placeholder',
    holds: (value) => Object.values(value).every((text) => template.test(text)),
  },
])

/** Where the token goes: the Secret that an ApiKey writes. */
export const secret = withRules(
  z.strictObject({
    name: objectName.optional().meta({ description: "Default: the ApiKey's own name." }),
    type: z.enum(secretTypes).default('Opaque'),
    labels: labels.optional(),
    annotations: annotations.optional(),
    data: data.optional().meta({
      description:
        'Entries of the Secret; {{ token }}, {{ apiKey }}, {{ apiSecret }} and {{ keyId }} are replaced. Default: one entry per part of the credential.',
    }),
    deletionPolicy: z.enum(['Delete', 'Retain']).optional().meta({
      description:
        'What happens to the Secret when the ApiKey goes. Default: Retain with a retained key, else Delete.',
    }),
  }),
  [
    {
      cel: "self.type != 'kubernetes.io/dockerconfigjson' || (has(self.data) && '.dockerconfigjson' in self.data)",
      message:
        'secret.type kubernetes.io/dockerconfigjson needs the entry .dockerconfigjson in secret.data',
      holds: (value) =>
        value.type !== 'kubernetes.io/dockerconfigjson' ||
        value.data?.['.dockerconfigjson'] !== undefined,
      field: 'data',
    },
    {
      cel: "self.type != 'kubernetes.io/basic-auth' || (has(self.data) && ('username' in self.data || 'password' in self.data))",
      message:
        'secret.type kubernetes.io/basic-auth needs the entry username or password in secret.data',
      holds: (value) =>
        value.type !== 'kubernetes.io/basic-auth' ||
        value.data?.username !== undefined ||
        value.data?.password !== undefined,
      field: 'data',
    },
  ],
)
