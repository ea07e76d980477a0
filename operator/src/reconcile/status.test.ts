import {
  apiKeySpec,
  desiredKey,
  type KeyRecord,
  type Mark,
  mutableFields,
  type Observed,
  plan,
} from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import type { Scene } from './scene.ts'
import { statusOfScene } from './status.ts'

const identity = { cluster: 'c', namespace: 'shop', name: 'api', uid: 'u' }
const desired = desiredKey(apiKeySpec.parse({}), identity)
const now = new Date('2026-01-10T00:00:00Z')

const record: KeyRecord = {
  id: 'apiKey-1',
  displayName: 'shop/api',
  account: 'a',
  scopes: [],
  state: 'active',
  credentials: [
    {
      id: 'cred-1',
      role: 'current',
      preview: 'lk_...Ab12',
      createdTime: '2026-01-01T00:00:00.123Z',
    },
  ],
  metadata: {},
  createdTime: '2026-01-01T00:00:00.123Z',
  version: 1,
}

function markOf(revision: number): Mark {
  return { ...identity, revision, specHash: desired.specHash, cause: 'Issued' }
}

function scene(key: KeyRecord, status: Scene['status'] = {}): Scene {
  const mark = markOf(1)
  const observed: Observed = {
    deleting: false,
    forced: false,
    finalizer: true,
    service: {
      kind: 'usable',
      capabilities: { mint: 'Pending', mutable: new Set(mutableFields) },
      terminating: false,
    },
    secret: {
      kind: 'ours',
      keyId: key.id,
      credentialId: 'cred-1',
      revision: 1,
      intact: true,
      shaped: true,
      dressed: true,
    },
    formerSecrets: [],
    keys: { kind: 'known', keys: [{ record: key, mark }], confirmed: false },
    delivered: true,
    settled: false,
  }
  return {
    status,
    desired,
    observed,
    record: {
      ...identity,
      resourceVersion: '7',
      generation: 3,
      deleting: false,
      forced: false,
      finalizer: true,
      spec: '{}',
      status: '{}',
    },
    service: {
      kind: 'unusable',
      reason: 'Progressing',
      message: '',
      name: { kind: 'KeyService', namespace: 'shop', name: 'bundled' },
    },
    secret: { uid: 's', resourceVersion: '9' },
  }
}

function statusOf(key: KeyRecord, before?: Scene['status']) {
  const at = scene(key, before)
  const decided = plan(desired, at.observed, now)
  return statusOfScene(at, decided.standing, decided, now)
}

describe('the status', () => {
  it('is the same for the same scene, so that nothing is written at rest', () => {
    const first = statusOf(record)
    expect(statusOf(record, first)).toEqual(first)
  })

  it('is Ready with neither Reconciling nor Stalled when the plan is at rest', () => {
    expect(statusOf(record).conditions).toMatchObject([
      { type: 'Ready', status: 'True', reason: 'Ready', observedGeneration: 3 },
    ])
  })

  it('names key, token, preview and Secret, and holds no token', () => {
    expect(statusOf(record)).toMatchObject({
      observedGeneration: 3,
      serviceRef: { kind: 'KeyService', name: 'bundled' },
      current: {
        keyId: 'apiKey-1',
        credentialId: 'cred-1',
        preview: 'lk_...Ab12',
        issuedTime: '2026-01-01T00:00:00Z',
      },
      secret: { name: 'api', resourceVersion: '9' },
      binding: { name: 'api' },
    })
  })

  it('has room for the keys that end next, and the current key is none of them', () => {
    const at = scene(record, { current: statusOf(record).current })
    const old = Array.from({ length: 20 }, (_, age) => ({
      key: { record: { ...record, id: `apiKey-old-${age}` }, mark: markOf(1) },
      endTime: new Date(now.getTime() + age * 1000),
    }))
    const decided = plan(desired, at.observed, now)
    const previous = [...old.reverse(), { key: { record, mark: markOf(2) }, endTime: now }]
    const told = statusOfScene(at, decided.standing, { ...decided, previous }, now).previous
    expect(told?.map(({ keyId }) => keyId)).toEqual(
      Array.from({ length: 16 }, (_, age) => `apiKey-old-${age}`),
    )
  })

  it('keeps the rotation that was told while the key service is away, until the spec changes', () => {
    const at = scene(record, { ...statusOf(record), nextRotationTime: '2026-02-01T00:00:00Z' })
    const away: Observed = {
      ...at.observed,
      service: { kind: 'unusable', reason: 'ServiceUnreachable', message: 'away' },
      keys: { kind: 'unknown' },
    }
    const told = (generation: number) => {
      const decided = plan(desired, away, now)
      const then = { ...at, observed: away, record: { ...at.record, generation } }
      return statusOfScene(then, decided.standing, decided, now).nextRotationTime
    }
    expect(told(3)).toBe('2026-02-01T00:00:00Z')
    expect(told(4)).toBeUndefined()
  })

  it('follows the last use by the day', () => {
    const used = (time: string, before?: Scene['status']) =>
      statusOf({ ...record, lastUsedTime: time }, before)
    const first = used('2026-01-05T08:00:00.5Z')
    expect(first.current?.lastUsedTime).toBe('2026-01-05T08:00:00Z')
    expect(used('2026-01-05T20:00:00Z', first)).toEqual(first)
    expect(used('2026-01-06T09:00:00Z', first).current?.lastUsedTime).toBe('2026-01-06T09:00:00Z')
  })
})
