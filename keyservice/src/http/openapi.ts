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
  tags: [
    { name: 'API keys', description: 'Issue, list, change, rotate and revoke keys' },
    { name: 'Verification', description: 'Ask whether a credential works, and who one is' },
    { name: 'Accounts', description: 'What keys belong to; for administrators' },
    { name: 'Spaces', description: 'Parts of an account; a key of a space ends with it' },
    { name: 'Users', description: 'The people of an account' },
    { name: 'Sessions', description: 'Log in for some hours, with a key or a password' },
    { name: 'Events', description: 'Follow what changes' },
    { name: 'Leaks', description: 'Report published credentials' },
    { name: 'Audit', description: 'Who did what to what' },
    { name: 'Store', description: 'Restored or not, and what to do then' },
    { name: 'Catalogue', description: 'What the configuration offers' },
  ],
  security: [{ bearer: [] }, { apiKey: [], apiSecret: [] }, { wholeKey: [] }],
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
  registry.registerComponent('securitySchemes', 'wholeKey', {
    type: 'apiKey',
    in: 'header',
    name: 'api-key',
  })
}
