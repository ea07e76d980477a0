import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { KeyError } from '@latchkey/core'
import type { Rules } from '../service.ts'
import type { App } from './app.ts'
import { guide } from './guide.ts'
import { documentInfo } from './openapi.ts'

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<title>Latchkey key service</title>
<link rel="stylesheet" href="/docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
`

const start = "SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', deepLinking: true })\n"

const contentTypes = new Map([
  ['swagger-ui.css', 'text/css; charset=utf-8'],
  ['swagger-ui-bundle.js', 'text/javascript; charset=utf-8'],
])

/** The document and a page that renders it. Everything is served from here: the page works without the internet. */
export function docs(app: App, rules: Rules): void {
  let document: string | undefined
  app.get('/openapi.json', (context) => {
    document ??= JSON.stringify(app.getOpenAPI31Document(documentOf(rules) as never))
    return context.body(document, 200, { 'content-type': 'application/json' })
  })
  app.get('/', (context) => context.redirect('/docs'))
  app.get('/docs', (context) => context.html(page))
  app.get('/docs/start.js', (context) =>
    context.body(start, 200, { 'content-type': 'text/javascript; charset=utf-8' }),
  )
  app.get('/docs/:asset', async (context) => {
    const asset = context.req.param('asset')
    const contentType = contentTypes.get(asset)
    if (contentType === undefined) throw new KeyError('NotFound', `There is no ${asset} here`)
    const path = createRequire(import.meta.url).resolve(`swagger-ui-dist/${asset}`)
    return context.body(await readFile(path), 200, {
      'content-type': contentType,
      'cache-control': 'max-age=3600',
    })
  })
}

/** The document of this installation: it opens with the guide, so that the rendered page shows both. */
function documentOf(rules: Rules): object {
  const { info, ...rest } = documentInfo
  return { ...rest, info: { ...info, description: `${info.description}\n\n${guide(rules)}` } }
}
