import { createRoute, type z } from '@hono/zod-openapi'
import { settingsBody } from '@latchkey/core'
import type { Rules, Service } from '../../service.ts'
import type { App } from '../app.ts'
import { json } from './answers.ts'

const settings = createRoute({
  method: 'get',
  path: '/settings',
  operationId: 'getSettings',
  summary: 'How this key service behaves',
  description: 'What clients and the console go by, for example before anybody has logged in.',
  tags: ['Catalogue'],
  security: [],
  responses: { 200: json(settingsBody, 'The settings') },
})

/** `GET /settings`, open to anybody. */
export function settingsRoute(app: App, { rules }: Service): void {
  app.openapi(settings, (context) => context.json(publicSettings(rules), 200))
}

/** Names each part, so that nothing becomes public by being configured. */
function publicSettings(rules: Rules): z.infer<typeof settingsBody> {
  const { token, keys, labels } = rules
  const { product, create, remove, upgrade } = labels
  return {
    preset: rules.preset,
    environment: rules.environment,
    credential: {
      kind: token.kind,
      prefix: token.kind === 'token' ? token.prefix : token.secretPrefix,
      preview: token.preview,
    },
    authentication: { ...rules.authentication },
    keys: { ...keys, mutable: [...keys.mutable] },
    plans: [...rules.plans],
    labels: { product, create, remove, upgrade, columns: [...labels.columns] },
  }
}
