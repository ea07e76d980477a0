import { describe, expect, it } from 'vitest'
import { type ApiKeyObject, isSettled } from './api-key.ts'

const since = new Date('2026-11-21T07:00:00Z')
const after = (seconds: number) => ({ since, now: new Date(since.getTime() + seconds * 1000) })

/** An ApiKey of generation 2 with one condition that is true since this time. */
function apiKey(type: string, lastTransitionTime: string, observedGeneration = 2): ApiKeyObject {
  const condition = { type, status: 'True', reason: 'X', message: '', lastTransitionTime } as const
  return {
    metadata: { name: 'api', generation: 2 },
    spec: {},
    status: { observedGeneration, conditions: [condition] },
  }
}

describe('an ApiKey is waited for', () => {
  it('until it is ready for the spec as it is now', () => {
    expect(isSettled(apiKey('Ready', '2026-11-21T06:00:00Z'), after(0))).toBe(true)
    expect(isSettled(apiKey('Ready', '2026-11-21T06:00:00Z', 1), after(60))).toBe(false)
  })

  it('until it has been stalled for some seconds, ours included, since nothing but a person ends that', () => {
    const broken = apiKey('Stalled', '2026-11-20T06:00:00Z')
    expect(isSettled(broken, after(1))).toBe(false)
    expect(isSettled(broken, after(3))).toBe(true)
    expect(isSettled(apiKey('Stalled', '2026-11-21T07:00:02Z'), after(3))).toBe(false)
    expect(isSettled(apiKey('Stalled', '2026-11-20T06:00:00Z', 1), after(60))).toBe(false)
  })

  it('while work on it goes on', () => {
    expect(isSettled(apiKey('Reconciling', '2026-11-20T06:00:00Z'), after(60))).toBe(false)
  })
})
