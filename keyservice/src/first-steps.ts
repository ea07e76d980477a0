import type { KeyServiceConfig } from './config.ts'
import type { RunningKeyService } from './start.ts'

/** What a person who has just started the service does first, as lines for a terminal that work as they are. */
export function firstSteps(
  { token, keys }: Pick<KeyServiceConfig, 'token' | 'keys'>,
  { url, adminCredentialFile: file }: Pick<RunningKeyService, 'url' | 'adminCredentialFile'>,
): string {
  const credential =
    token.kind === 'pair'
      ? `-H "x-api-key: $(sed -n 1p ${file})" -H "x-api-secret: $(sed -n 2p ${file})"`
      : `-H "authorization: Bearer $(cat ${file})"`
  const post = (path: string, body: object) => `  curl -X POST ${url}${path} \\
    ${credential} \\
    -H 'content-type: application/json' -d '${JSON.stringify(body)}'`
  const space = keys.spaceRequired
    ? `Make a first space:\n${post('/spaces', { id: 'first', displayName: 'First space' })}\n\n`
    : ''
  const wish = { displayName: 'First key', ...(keys.spaceRequired ? { space: 'first' } : {}) }
  return `${space}Issue a first key:\n${post('/apikeys', wish)}`
}
