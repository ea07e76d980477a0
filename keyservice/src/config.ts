import { readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { type Issue, KeyError, parseFields, previewStyles } from '@latchkey/core'
import { parseDocument } from 'yaml'
import { z } from 'zod'
import { turnsOf } from './auth/password-turns.ts'
import { readPartnerKey } from './leaks/partner-signature.ts'
import { onPreset } from './presets/presets.ts'
import {
  keySettings,
  labelSettings,
  presetNames,
  statusSettings,
} from './presets/product-settings.ts'

// Configuration comes from a file and from the environment, which wins. It is checked once, at the start, and every
// problem is told at once.

const name = z.string().min(1).max(128)
const tokenPrefix = z
  .string()
  .max(32)
  .regex(/^[a-z][a-z0-9_]*_$/, 'must be lower case letters and digits that end in _, such as lk_')

const rateLimit = z.strictObject({
  requests: z.int().min(1),
  windowSeconds: z.int().min(1).max(86_400).default(60),
})

const plan = z.strictObject({
  id: name,
  displayName: name,
  apiKeys: z.boolean().default(true),
  keyLimit: z.int().min(1).optional(),
  rateLimits: z
    .strictObject({ perKey: rateLimit.optional(), perAccount: rateLimit.optional() })
    .optional(),
})

const token = z
  .strictObject({
    kind: z.enum(['token', 'pair']).default('token'),
    prefix: tokenPrefix.default('lk_'),
    secretPrefix: tokenPrefix.default('lks_'),
    /** Other prefixes in other environments, so that nobody takes a token of one for that of another. */
    environments: z
      .record(
        name,
        z.strictObject({
          prefix: tokenPrefix.optional(),
          secretPrefix: tokenPrefix.optional(),
        }),
      )
      .default({}),
    preview: z.enum(previewStyles).default('PrefixSuffix'),
  })
  .prefault({})

const partnerKey = z
  .strictObject({
    identifier: name,
    pem: z.string().optional(),
    file: z.string().optional(),
  })
  // The result is a configuration again, since one that was checked may be checked once more.
  .transform(({ identifier, pem, file }, context) => {
    const text = pem ?? readText(file)
    if (readPartnerKey(text) !== undefined) return { identifier, pem: text }
    context.addIssue('needs pem or file with a public key for ECDSA on P-256')
    return z.NEVER
  })

/** Empty for a file that cannot be read: what it should hold is then told to be missing. */
function readText(file: string | undefined): string {
  try {
    return file === undefined ? '' : readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

const trustedIssuer = z.strictObject({
  /** As the tokens name it; the keys are found from there unless `jwksUrl` says where they are. */
  issuer: z.string().min(1),
  /** What tokens for us must be made for. */
  audience: z.string().min(1),
  jwksUrl: z.url().optional(),
  caFile: z.string().min(1).optional(),
  /** Where the token lies with which the keys may be read, if the cluster asks for one. */
  tokenFile: z.string().min(1).optional(),
  subjects: z
    .array(
      z.strictObject({
        subject: z
          .string()
          .regex(
            /^system:serviceaccount:[^:]+:[^:]+$/,
            'must be system:serviceaccount:<namespace>:<name>',
          ),
        account: name,
        scopes: z.array(z.string().min(1)).default([]),
        space: name.optional(),
      }),
    )
    .min(1),
})

/** Secrets that tokens are hashed with, each in a file or a variable of the environment. Without: plain SHA-256. */
const pepperSettings = z
  .array(
    z
      .strictObject({
        version: z.int().min(1),
        file: z.string().min(1).optional(),
        variable: z.string().min(1).optional(),
      })
      .refine(({ file, variable }) => (file === undefined) !== (variable === undefined), {
        message: 'needs either file or variable',
      }),
  )
  .refine((peppers) => new Set(peppers.map(({ version }) => version)).size === peppers.length, {
    message: 'must have different versions',
  })
  .default([])

/** Everything that an installation can decide, with its defaults. */
export const keyServiceConfig = z
  .strictObject({
    /** The product whose behaviour everything below starts from. */
    preset: z.enum(presetNames).default('default'),
    /** Which of the product's environments this is: it chooses the prefixes of tokens, and clients can read it. */
    environment: name.default('production'),
    host: z.string().default('127.0.0.1'),
    /** 0 takes a free one. */
    port: z.coerce.number().int().min(0).max(65_535).default(7070),
    /** Where the database file and the administrator's credential lie. */
    dataFolder: z.string().min(1).default('.latchkey/keyservice'),
    /** PostgreSQL instead of the file. */
    databaseUrl: z
      .string()
      .regex(/^postgres(ql)?:\/\//, 'must be a postgres:// URL')
      .optional(),
    logLevel: z.enum(['debug', 'info', 'warn', 'error', 'silent']).default('info'),
    token,
    pendingSeconds: z.coerce.number().int().min(1).default(86_400),
    plans: z
      .array(plan)
      .min(1)
      .default([{ id: 'unlimited', displayName: 'Unlimited', apiKeys: true }]),
    defaultPlan: name.default('unlimited'),
    permissions: z
      .array(z.strictObject({ name, description: z.string().max(512).optional() }))
      .default([]),
    authentication: z
      .strictObject({
        bearer: z.boolean().default(true),
        raw: z.boolean().default(true),
        pair: z.boolean().default(true),
        apiKeyHeader: z.boolean().default(true),
        session: z.boolean().default(true),
        serviceAccount: z.boolean().default(true),
      })
      .prefault({}),
    session: z
      .strictObject({
        prefix: tokenPrefix.default('lksession_'),
        seconds: z.coerce.number().int().min(60).default(28_800),
      })
      .prefault({}),
    /** How many passwords are compared at once, and how many logins may wait for that; beyond, they are refused. */
    passwords: z
      .strictObject({
        concurrent: z.int().min(1).max(64).default(turnsOf(availableParallelism())),
        waiting: z.int().min(0).max(10_000).default(32),
      })
      .prefault({}),
    /** Verifications that find nothing, for each address of a client that callers tell. */
    failedVerifications: rateLimit.optional(),
    keys: keySettings,
    statuses: statusSettings,
    labels: labelSettings,
    leaks: z
      .strictObject({
        /** Who may report leaks without a credential: the public keys of scanners, in PEM, here or in a file. */
        partnerKeys: z.array(partnerKey).default([]),
      })
      .prefault({}),
    events: z
      .strictObject({
        /** How far back the change feed goes; cursors before that are answered with 410. */
        retentionSeconds: z.coerce.number().int().min(60).default(604_800),
        heartbeatSeconds: z.coerce.number().min(0.01).default(10),
        /** How long a change that another replica wrote may wait until it is seen. */
        pollSeconds: z.coerce.number().min(0.01).default(0.2),
      })
      .prefault({}),
    /** Clusters whose ServiceAccounts may call, with their own tokens. */
    trustedIssuers: z.array(trustedIssuer).default([]),
    peppers: pepperSettings,
    /**
     * The version that new hashes are made with; default: the highest. To bring in a pepper, every replica must know it
     * before the first one uses it.
     */
    usePepper: z.int().min(1).optional(),
    /** Peppers that no live token needs and that are gone: their ended tokens may be registered again. */
    givenUpPeppers: z.array(z.int().min(1)).default([]),
    /** Largest request body. */
    bodyLimitBytes: z.coerce.number().int().min(1024).default(65_536),
    usesFlushSeconds: z.coerce.number().min(0.01).default(5),
    sweepSeconds: z.coerce.number().min(0.01).default(60),
    /** How long a stop waits for requests that are being answered. */
    drainSeconds: z.coerce.number().min(0).default(10),
  })
  .refine((config) => config.plans.some(({ id }) => id === config.defaultPlan), {
    path: ['defaultPlan'],
    message: 'must be one of the plans',
  })
  .refine(
    ({ peppers, usePepper }) =>
      usePepper === undefined || peppers.some(({ version }) => version === usePepper),
    { path: ['usePepper'], message: 'must be the version of one of the peppers' },
  )
  .refine(
    ({ session, token }) =>
      tokenPrefixes(token).every((prefix) => !overlaps(session.prefix, prefix)),
    {
      path: ['session', 'prefix'],
      message: 'must tell sessions from tokens: neither prefix may begin with the other',
    },
  )
  .refine((config) => new Set(config.plans.map(({ id }) => id)).size === config.plans.length, {
    path: ['plans'],
    message: 'must have different ids',
  })

function tokenPrefixes({ prefix, environments }: z.infer<typeof token>): string[] {
  return [prefix, ...Object.values(environments).map((own) => own.prefix ?? prefix)]
}

function overlaps(one: string, other: string): boolean {
  return one.startsWith(other) || other.startsWith(one)
}

export type KeyServiceConfig = z.infer<typeof keyServiceConfig>
export type KeyServiceConfigInput = z.input<typeof keyServiceConfig>

/** The environment variables that are read, and what each sets. */
export const configVariables = {
  LATCHKEY_PRESET: 'preset',
  LATCHKEY_ENVIRONMENT: 'environment',
  LATCHKEY_HOST: 'host',
  LATCHKEY_PORT: 'port',
  LATCHKEY_DATA: 'dataFolder',
  DATABASE_URL: 'databaseUrl',
  LATCHKEY_LOG_LEVEL: 'logLevel',
  LATCHKEY_PENDING_SECONDS: 'pendingSeconds',
} as const satisfies Record<string, keyof KeyServiceConfig>

/** Reads the file that `LATCHKEY_CONFIG` names, if any, and the environment. Throws `Invalid` with every problem. */
export async function readConfig(
  environment: Readonly<Record<string, string | undefined>>,
): Promise<KeyServiceConfig> {
  const path = environment.LATCHKEY_CONFIG
  const fromFile = path === undefined ? {} : await readSettings(path)
  const fromEnvironment = Object.fromEntries(
    Object.entries(configVariables)
      .map(([variable, field]) => [field, environment[variable]])
      .filter(([, value]) => value !== undefined),
  )
  return parseConfig({ ...fromFile, ...fromEnvironment })
}

/** What the file says; an empty one says nothing. */
async function readSettings(path: string): Promise<object> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw unreadable(path, `cannot be read (${error.code})`)
  })
  const document = parseDocument(text)
  const [broken] = document.errors
  if (broken !== undefined) throw unreadable(path, `is not YAML: ${broken.message}`)
  const settings: unknown = document.toJS() ?? {}
  if (typeof settings === 'object' && !Array.isArray(settings)) return settings as object
  throw unreadable(path, 'must have settings by their names, such as "port: 8080"')
}

function unreadable(path: string, what: string): KeyError {
  return new KeyError(
    'Invalid',
    `The configuration file ${path}, named by LATCHKEY_CONFIG, ${what}`,
  )
}

/** Checks a configuration and fills in what its preset says, and the defaults. */
export function parseConfig(input: unknown): KeyServiceConfig {
  const parsed = parseFields(keyServiceConfig, onPreset(input), '')
  if (parsed.kind === 'valid') return parsed.value
  const issues: Issue[] = parsed.issues.map(({ path, message }) => ({
    path: path.replace(/^\./, ''),
    message,
  }))
  const lines = issues.map(({ path, message }) => `  ${path || 'the file'}: ${message}`)
  throw new KeyError(
    'Invalid',
    `The configuration has ${issues.length === 1 ? 'a problem' : `${issues.length} problems`}:\n${lines.join('\n')}`,
    {
      issues,
    },
  )
}
