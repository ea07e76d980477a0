import type { KeyServiceConfigInput } from '../config.ts'

/** Key + secret pairs with the permissions of their account, changed at will, presented directly or by a session. */
export const pulse: KeyServiceConfigInput = {
  token: { kind: 'pair', secretPrefix: 'pulse_secret_', preview: 'KeyId' },
  authentication: { bearer: false, raw: false, pair: true, apiKeyHeader: false, session: true },
  permissions: [
    { name: 'readApplications', description: 'See applications' },
    { name: 'writeApplications', description: 'Make, change and remove applications' },
    { name: 'readMerchants', description: 'See merchants' },
    { name: 'writeMerchants', description: 'Make, change and remove merchants' },
  ],
  keys: { rotation: 'None', revokedRetentionSeconds: 0 },
  labels: {
    product: 'Pulse',
    create: 'Create API key',
    remove: 'Delete',
    columns: ['displayName', 'preview', 'scopes', 'createdTime', 'expirationTime'],
    exampleUrl: 'https://api.pulse.example/applications',
  },
}
