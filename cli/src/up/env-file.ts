/** What a shell gets from sourcing the file. */
export interface Environment {
  readonly kubeconfig: string
  readonly endpoint: string
  /** In clear: the file is its owner's alone. */
  readonly token: string
  /** A folder with a kubectl, for shells that find none. */
  readonly bin: string
}

/**
 * The text of `.latchkey/env`, in the words of the POSIX shell. It gives the same whatever the present folder, and may be
 * sourced again.
 */
export function envFile({ kubeconfig, endpoint, token, bin }: Environment): string {
  return `# Written by Latchkey at each start: . .latchkey/env
export KUBECONFIG=${quoted(kubeconfig)}
export LATCHKEY_ENDPOINT=${quoted(endpoint)}
export LATCHKEY_TOKEN=${quoted(token)}
if ! command -v kubectl >/dev/null 2>&1; then
  export PATH=${quoted(bin)}:"$PATH"
fi
`
}

/** A word that every POSIX shell reads as this text and nothing else. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`
}
