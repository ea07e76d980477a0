import { forceDeleteAnnotation, KeyError } from '@latchkey/core'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { KeyServiceModel } from './key-service.model.ts'
import { type ReconcileModel, startReconcileModel } from './reconcile.model.ts'

let service: KeyServiceModel
let model: ReconcileModel

beforeEach(async () => {
  model = await startReconcileModel()
  service = model.service
})
afterEach(() => model.stop())

describe('a wish that the service calls invalid', () => {
  it('rests, is looked at again every five minutes, and heals by itself', async () => {
    const refuse = async () => {
      throw new KeyError('Invalid', 'There is no user u-1 in account main')
    }
    model.connect({ ...service.port, issue: refuse })
    await model.declare({ owner: 'u-1' })
    for (const _look of [1, 2]) {
      expect(await model.reconcile()).toEqual({ kind: 'wait', afterMilliseconds: 300_000 })
      expect(await model.condition('Stalled')).toMatchObject({
        reason: 'Invalid',
        message: 'There is no user u-1 in account main',
      })
    }
    model.connect(service.port)
    await model.reconcile()
    expect(await model.condition('Ready')).toMatchObject({ status: 'True' })
    expect(service.keys().map(({ state }) => state)).toEqual(['active'])
  })
})

describe('a template that asks for what the service does not give', () => {
  it('costs one key, however often the ApiKey is looked at', async () => {
    await model.declare({ secret: { data: { secret: '{{ apiSecret }}' } } })
    for (const _look of [1, 2, 3]) {
      await model.reconcile()
      expect(await model.condition('Stalled')).toMatchObject({ reason: 'TemplateInvalid' })
    }
    expect(service.keys().map(({ state }) => state)).toEqual(['revoked'])
  })
})

describe('a Secret that somebody deletes and a finalizer holds', () => {
  it('is waited for before another key is issued', async () => {
    await model.declare({})
    await model.reconcile()
    await model.patchSecret({ metadata: { finalizers: ['example.com/backup'] } })
    await model.deleteSecret()
    await model.declare({ secret: { data: { token: '{{ token }}', id: '{{ keyId }}' } } })
    for (const _look of [1, 2]) {
      expect(await model.reconcile()).toEqual({ kind: 'wait', afterMilliseconds: 60_000 })
      expect(await model.condition('Stalled')).toMatchObject({
        reason: 'SecretConflict',
        message: expect.stringMatching(/being deleted and held by example\.com\/backup: let it go/),
      })
    }
    expect(service.keys()).toHaveLength(1)
  })
})

describe('a Secret that somebody changes', () => {
  const theirs = { data: { token: Buffer.from('theirs').toString('base64') } }

  it('is replaced when the service answers again, however often it was looked at until then', async () => {
    await model.declare({})
    await model.reconcile()
    const fail = async () => {
      throw new KeyError('ServiceUnavailable', 'away')
    }
    model.connect({ ...service.port, issue: fail })
    await model.patchSecret(theirs)
    for (const _look of [1, 2, 3]) {
      expect(await model.reconcile()).toMatchObject({ kind: 'again' })
      expect(await model.condition('Ready')).toMatchObject({ status: 'False' })
    }
    model.connect(service.port)
    await model.reconcile()
    expect(await model.condition('Ready')).toMatchObject({ status: 'True' })
    expect(await model.token()).toBe('lk_key-2-2')
  })

  it('is replaced when the ApiKey is not suspended any more', async () => {
    await model.declare({})
    await model.reconcile()
    await model.declare({ suspend: true })
    await model.patchSecret(theirs)
    await model.reconcile()
    expect(await model.token()).toBe('theirs')
    await model.declare({})
    await model.reconcile()
    expect(await model.token()).toBe('lk_key-2-2')
  })
})

describe('a service that accepts a change and does not keep it', () => {
  it('is asked once per try, and the condition says so', async () => {
    await model.declare({ displayName: 'Before' })
    await model.reconcile()
    let asked = 0
    const forget = async (id: string) => {
      asked += 1
      const key = await service.port.get(id)
      if (key === undefined) throw new Error(`There is no key ${id}`)
      return key
    }
    model.connect({ ...service.port, update: forget })
    await model.declare({ displayName: 'After' })
    for (const tries of [1, 2]) {
      expect(await model.reconcile()).toMatchObject({
        kind: 'again',
        error: { reason: 'ServiceUnavailable' },
      })
      expect(asked).toBe(tries)
      expect(await model.condition('Ready')).toMatchObject({
        status: 'False',
        message: expect.stringMatching(/accepts this and does not keep it: .*displayName/),
      })
    }
    model.connect(service.port)
    await model.reconcile()
    expect(await model.condition('Ready')).toMatchObject({ status: 'True' })
  })
})

describe('somebody who undoes everything at once', () => {
  it('gets no storm of new keys: the sixth waits, and the condition says so', async () => {
    await model.declare({})
    await model.reconcile()
    for (let round = 0; round < 8; round++) {
      await model.patchSecret({ data: { token: 'bWluZQ==' } })
      await model.reconcile()
    }
    expect(service.keys()).toHaveLength(6)
    expect(await model.reconcile()).toMatchObject({
      kind: 'again',
      error: { retryAfterSeconds: 1 },
    })
    expect(await model.condition('Reconciling')).toMatchObject({
      reason: 'Reissued',
      message: expect.stringMatching(/^This does not last.*changed by somebody else.*Find out who/),
    })
    await model.pass(1_000)
    await model.reconcile()
    expect(await model.condition('Ready')).toMatchObject({ status: 'True' })
  })
})

describe('an ApiKey that is let go by force', () => {
  it('goes, and the log says which keys may still work', async () => {
    await model.declare({})
    await model.reconcile()
    await model.annotate({ [forceDeleteAnnotation]: 'true' })
    await model.remove()
    await model.reconcile()
    expect(model.exists()).toBe(false)
    expect(model.warnings).toEqual([
      {
        message: 'An ApiKey was let go by force',
        fields: {
          namespace: 'shop',
          name: 'api',
          left: 'Let go by latchkey.dev/force-delete; keys that may still work: key-1',
        },
      },
    ])
    expect(service.keys().map(({ state }) => state)).toEqual(['active'])
  })
})
