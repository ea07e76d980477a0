import type { App } from './app.ts'

/** How the document introduces the service; `/openapi.json` serves the whole. */
export const documentInfo = {
  openapi: '3.1.0',
  info: {
    title: 'Latchkey key service',
    version: '0.1.0',
    description: 'Issues, verifies, rotates and revokes API keys.',
    contact: { name: 'Latchkey', url: 'https://latchkey.dev' },
    license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
  },
  servers: [{ url: '/' }],
  security: [{ bearer: [] }, { apiKey: [], apiSecret: [] }],
} as const

/** Tells the document how callers authenticate. */
export function openApiDocument(app: App): void {
  const { openAPIRegistry: registry } = app
  registry.registerComponent('securitySchemes', 'bearer', { type: 'http', scheme: 'bearer' })
  registry.registerComponent('securitySchemes', 'apiKey', {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-key',
  })
  registry.registerComponent('securitySchemes', 'apiSecret', {
    type: 'apiKey',
    in: 'header',
    name: 'x-api-secret',
  })
}
