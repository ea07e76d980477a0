import type { Rules } from '../service.ts'

/** How a request carries the key of this service, in several languages, in Markdown. */
export function examples(rules: Rules): string {
  const { exampleUrl: url } = rules.labels
  const headers = headersOf(rules)
  return `## Sending a key

\`\`\`sh
${curl(url, headers)}
\`\`\`

\`\`\`js
${javascript(url, headers)}
\`\`\`

\`\`\`python
${python(url, headers)}
\`\`\`

\`\`\`go
${go(url, headers)}
\`\`\`${advice(rules)}`
}

/** A header: its name, what stands before the secret part, and the variable that holds it. */
interface Header {
  readonly name: string
  readonly before: string
  readonly variable: string
}

function headersOf({ token, authentication }: Rules): readonly Header[] {
  if (token.kind === 'pair') {
    return [
      { name: 'x-api-key', before: '', variable: 'API_KEY' },
      { name: 'x-api-secret', before: '', variable: 'API_SECRET' },
    ]
  }
  const before = authentication.bearer ? 'Bearer ' : ''
  return [{ name: 'Authorization', before, variable: 'API_KEY' }]
}

function advice({ token }: Rules): string {
  if (token.kind === 'token') return ''
  return `

Sending the pair with each request is for tests and maintenance. The recommended way is a session: \`POST /auth/login\`
with the key and its secret answers a session token, which is sent as \`Authorization: Bearer\` and ends by itself.`
}

function curl(url: string, headers: readonly Header[]): string {
  const lines = headers.map(({ name, before, variable }) => `  -H "${name}: ${before}$${variable}"`)
  return [`curl ${url}`, ...lines].join(' \\\n')
}

function javascript(url: string, headers: readonly Header[]): string {
  const lines = headers.map(
    ({ name, before, variable }) => `    '${name}': \`${before}\${process.env.${variable}}\`,`,
  )
  return `const response = await fetch('${url}', {\n  headers: {\n${lines.join('\n')}\n  },\n})`
}

function python(url: string, headers: readonly Header[]): string {
  const lines = headers.map(
    ({ name, before, variable }) => `    "${name}": f"${before}{os.environ['${variable}']}",`,
  )
  return `import os, requests\n\nresponse = requests.get("${url}", headers={\n${lines.join('\n')}\n})`
}

function go(url: string, headers: readonly Header[]): string {
  const lines = headers.map(
    ({ name, before, variable }) =>
      `request.Header.Set("${name}", ${before === '' ? '' : `"${before}"+`}os.Getenv("${variable}"))`,
  )
  return [
    `request, err := http.NewRequest("GET", "${url}", nil)`,
    ...lines,
    'response, err := http.DefaultClient.Do(request)',
  ].join('\n')
}
