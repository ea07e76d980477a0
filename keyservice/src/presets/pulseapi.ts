import type { KeyServiceConfigInput } from '../config.ts'

/** Keys with permissions that are fixed at creation, rotated in place and at once, on several plans. */
export const pulseapi: KeyServiceConfigInput = {
  token: { kind: 'token', prefix: 'pulse_', preview: 'Last8' },
  authentication: { bearer: true, raw: false, pair: false, apiKeyHeader: false },
  plans: [
    { id: 'free', displayName: 'Free', apiKeys: false },
    { id: 'starter', displayName: 'Starter', rateLimits: { perKey: { requests: 60 } } },
    { id: 'professional', displayName: 'Professional', rateLimits: { perKey: { requests: 300 } } },
    { id: 'team', displayName: 'Team', rateLimits: { perKey: { requests: 1000 } } },
  ],
  defaultPlan: 'starter',
  permissions: [
    { name: 'readMonitors', description: 'See monitors and their checks' },
    { name: 'writeMonitors', description: 'Make, change and remove monitors' },
    { name: 'readIncidents', description: 'See incidents' },
    { name: 'readData', description: 'Read measurements' },
  ],
  keys: {
    mutable: ['displayName', 'description', 'expiration'],
    rotation: 'Immediate',
    revokedRetentionSeconds: 0,
  },
  labels: {
    product: 'PulseAPI',
    create: 'Create API Key',
    remove: 'Delete',
    upgrade: {
      text: 'API access needs the Starter, Professional or Team plan.',
      button: 'Upgrade',
    },
    columns: ['displayName', 'preview', 'scopes', 'lastUsedTime', 'createdTime'],
    exampleUrl: 'https://api.pulseapi.io/v1/monitors',
  },
}
