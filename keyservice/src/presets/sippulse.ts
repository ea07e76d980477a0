import type { KeyServiceConfigInput } from '../config.ts'

/** Ten keys for each account, which are renamed and deleted, and switched off when they are found in public. */
export const sippulse: KeyServiceConfigInput = {
  token: { kind: 'token', prefix: 'sp_', preview: 'PrefixSuffix' },
  authentication: { bearer: true, raw: false, pair: false, apiKeyHeader: true },
  plans: [{ id: 'standard', displayName: 'Standard', apiKeys: true, keyLimit: 10 }],
  defaultPlan: 'standard',
  keys: {
    unlistedScopes: false,
    mutable: ['displayName'],
    rotation: 'None',
    revokedRetentionSeconds: 0,
  },
  labels: {
    product: 'SipPulse AI',
    create: 'Generate API Key',
    remove: 'Delete',
    columns: ['displayName', 'preview', 'createdTime', 'lastUsedTime'],
    exampleUrl: 'https://api.sippulse.ai/v1/models',
  },
}
