import type { KeyServiceConfig } from '../config.ts'

/** The environment whose tokens have the plain prefixes. */
const plainEnvironment = 'production'
/** Enough to tell environments apart in a prefix. */
const longestName = 12

/**
 * The prefixes of tokens in the environment of this service, so that nobody takes a token of one for that of another, not
 * even where its name was mistyped: those that are set for it, or else, outside production, the plain ones with its name.
 */
export function environmentPrefixes({
  environment,
  token: { prefix, secretPrefix, environments },
}: Pick<KeyServiceConfig, 'environment' | 'token'>): {
  readonly prefix: string
  readonly secretPrefix: string
} {
  const own = Object.hasOwn(environments, environment) ? environments[environment] : undefined
  const name = environment.toLowerCase().replaceAll(/[^a-z0-9]/g, '') || 'other'
  const mark = environment === plainEnvironment ? '' : `${name.slice(0, longestName)}_`
  return {
    prefix: own?.prefix ?? (own === undefined ? prefix + mark : prefix),
    secretPrefix: own?.secretPrefix ?? (own === undefined ? secretPrefix + mark : secretPrefix),
  }
}
