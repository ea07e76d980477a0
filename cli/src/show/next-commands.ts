import type { Colors } from './colors.ts'

/** What the commands are about. */
export interface Subject {
  /** Path of the file to source, as a person would type it. */
  readonly env: string
  readonly namespace: string
  /** An ApiKey whose Secret has its name and the entry `token`. */
  readonly apiKey: string
  /** Scopes to give it, which the operator may grant. */
  readonly scopes: readonly string[]
}

/** Three commands to try in another shell; each works as it stands. */
export function nextCommands(subject: Subject, colors: Colors): string {
  const { env, namespace, apiKey, scopes } = subject
  const secret = `kubectl -n ${namespace} get secret ${apiKey}`
  const patch = JSON.stringify({ spec: { scopes } })
  const command = (title: string, ...lines: string[]) =>
    [`  ${colors.dim(`# ${title}`)}`, ...lines.map((line) => `  ${line}`)].join('\n')
  return [
    `${colors.bold('Try in another terminal')}, after ${colors.cyan(`. ${env}`)}`,
    command('look at the Secret', `${secret} -o yaml`),
    command(
      'verify its token over HTTP',
      `${secret} -o jsonpath='{.data.token}' | base64 -d | sed 's/.*/{"token":"&"}/' |`,
      `  curl -s "$LATCHKEY_ENDPOINT/verify" -H "authorization: Bearer $LATCHKEY_TOKEN" \\`,
      `    -H 'content-type: application/json' --data-binary @-`,
    ),
    command(
      'change a scope and watch what happens here',
      `kubectl -n ${namespace} patch apikey ${apiKey} --type merge -p '${patch}'`,
    ),
  ].join('\n\n')
}
