import {
  apiKeySpec,
  apiKeyStatus,
  clusterKeyServiceSpec,
  keyServiceSpec,
  keyServiceStatus,
} from '@latchkey/core'
import type { ResourceDescription } from './custom-resource-definition.ts'

const ready = (field: 'status' | 'reason') => `.status.conditions[?(@.type=="Ready")].${field}`

const serviceColumns = [
  { name: 'Ready', type: 'string', jsonPath: ready('status') },
  { name: 'Reason', type: 'string', jsonPath: ready('reason') },
  { name: 'URL', type: 'string', jsonPath: '.spec.url', priority: 1 },
  { name: 'Account', type: 'string', jsonPath: '.status.account' },
  { name: 'Keys', type: 'integer', jsonPath: '.status.keysUsed' },
  { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
] as const

/**
 * The kinds of the API group `latchkey.dev`. Instants that lie ahead are columns of type string: kubectl prints a date
 * as an age, and `<invalid>` for one in the future.
 */
export const resources: readonly ResourceDescription[] = [
  {
    kind: 'ApiKey',
    plural: 'apikeys',
    shortNames: ['ak'],
    scope: 'Namespaced',
    description:
      'A wish for an API key: Latchkey issues it, keeps its token in a Secret, rotates it, and revokes it when the wish goes.',
    spec: apiKeySpec,
    status: apiKeyStatus,
    transitionRules: [
      {
        rule: 'has(self.serviceRef) == has(oldSelf.serviceRef) && (!has(self.serviceRef) || self.serviceRef == oldSelf.serviceRef)',
        message:
          'spec.serviceRef cannot change, since a key cannot move to another service; make a new ApiKey and delete this one',
      },
    ],
    columns: [
      { name: 'Ready', type: 'string', jsonPath: ready('status') },
      { name: 'Reason', type: 'string', jsonPath: ready('reason') },
      { name: 'Preview', type: 'string', jsonPath: '.status.current.preview' },
      { name: 'Expires', type: 'string', jsonPath: '.status.current.expirationTime' },
      { name: 'Rotates', type: 'string', jsonPath: '.status.nextRotationTime' },
      { name: 'Last used', type: 'date', jsonPath: '.status.current.lastUsedTime', priority: 1 },
      { name: 'Age', type: 'date', jsonPath: '.metadata.creationTimestamp' },
    ],
    selectableFields: [
      '.spec.serviceRef.name',
      '.spec.account',
      '.spec.space',
      '.spec.owner',
      '.status.current.keyId',
    ],
  },
  {
    kind: 'KeyService',
    plural: 'keyservices',
    shortNames: ['ks'],
    scope: 'Namespaced',
    description: 'A key service for the ApiKeys of its namespace.',
    spec: keyServiceSpec,
    status: keyServiceStatus,
    transitionRules: [],
    columns: serviceColumns,
    selectableFields: [],
  },
  {
    kind: 'ClusterKeyService',
    plural: 'clusterkeyservices',
    shortNames: ['cks'],
    scope: 'Cluster',
    description: 'A key service for the namespaces and the scopes that it names.',
    spec: clusterKeyServiceSpec,
    status: keyServiceStatus,
    transitionRules: [],
    columns: serviceColumns,
    selectableFields: [],
  },
]
