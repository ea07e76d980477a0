import type { KeyServiceConfigInput } from '../config.ts'

/** Keys of spaces, on one plan only, without a number; removed, never changed. */
export const pulze: KeyServiceConfigInput = {
  token: {
    kind: 'token',
    prefix: 'pk_',
    environments: { staging: { prefix: 'pk_staging_' }, development: { prefix: 'pk_dev_' } },
    preview: 'PrefixSuffix',
  },
  authentication: { bearer: true, raw: false, pair: false, apiKeyHeader: false },
  plans: [
    { id: 'free', displayName: 'Free', apiKeys: false },
    { id: 'one', displayName: 'One', apiKeys: false },
    {
      id: 'x-suite',
      displayName: 'X Suite',
      apiKeys: true,
      rateLimits: { perKey: { requests: 600 }, perAccount: { requests: 6000 } },
    },
  ],
  defaultPlan: 'x-suite',
  keys: {
    spaceRequired: true,
    unlistedScopes: false,
    mutable: [],
    rotation: 'None',
    revokedRetentionSeconds: 30 * 86_400,
  },
  labels: {
    product: 'Pulze',
    create: 'New API Key',
    remove: 'Remove',
    upgrade: {
      text: 'API keys are exclusive to Pulze X Suite.',
      button: 'Upgrade to Pulze X Suite',
    },
    columns: ['displayName', 'preview', 'space', 'owner', 'createdTime'],
    exampleUrl: 'https://api.pulze.ai/v1/chat/completions',
  },
}
