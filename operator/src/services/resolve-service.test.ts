import { describe, expect, it } from 'vitest'
import { resolveService as resolveIn, type ServiceWish } from './resolve-service.ts'
import { type ServiceRecord, serviceItem } from './service-record.ts'

const base = {
  resourceVersion: '1',
  uid: 'u',
  generation: 1,
  deleting: false,
  finalizers: [],
  status: {},
}
const spec = {
  url: 'http://127.0.0.1:1',
  driver: 'latchkey',
  credentials: {},
  default: false,
} as const

function own(name: string, isDefault = false, namespace = 'shop'): ServiceRecord {
  return { ...base, kind: 'KeyService', namespace, name, spec: { ...spec, default: isDefault } }
}

function shared(name: string, changes: object = {}): ServiceRecord {
  const cluster = {
    ...spec,
    secretNamespace: 'keys',
    namespaces: ['shop'],
    scopes: ['*'],
    default: true,
    ...changes,
  }
  return { ...base, kind: 'ClusterKeyService', namespace: '', name, spec: cluster }
}

const resolveService = (asked: ServiceWish, services: readonly ServiceRecord[]) =>
  resolveIn(asked, {
    get: (name) => services.find((service) => serviceItem(service) === serviceItem(name)),
    all: () => services,
  })

const wish: ServiceWish = { namespace: 'shop', scopes: ['read'] }
const nameOf = (found: ReturnType<typeof resolveIn>) =>
  found.kind === 'found' ? found.record.name : found.reason

describe('resolving the service of an ApiKey', () => {
  it('takes the one that is named, of its own namespace', () => {
    const ref = { kind: 'KeyService', name: 'b' } as const
    expect(nameOf(resolveService({ ...wish, ref }, [own('a', true), own('b')]))).toBe('b')
    expect(nameOf(resolveService({ ...wish, ref }, [own('b', true, 'other')]))).toBe(
      'ServiceNotFound',
    )
  })

  it('stays with the service that has its keys when the default changes', () => {
    const sticky = { kind: 'KeyService', name: 'old' } as const
    expect(nameOf(resolveService({ ...wish, sticky }, [own('old'), own('new', true)]))).toBe('old')
  })

  it('lets an ApiKey leave a service that is no longer for it', () => {
    const ref = { kind: 'ClusterKeyService', name: 'central' } as const
    const narrowed = [shared('central', { namespaces: [], scopes: [] })]
    expect(nameOf(resolveService({ ...wish, ref }, narrowed))).toBe('ServiceNotAllowed')
    expect(nameOf(resolveService({ ...wish, ref, leaving: true }, narrowed))).toBe('central')
  })

  it("prefers the namespace's default to the cluster's", () => {
    expect(nameOf(resolveService(wish, [shared('cluster'), own('mine', true)]))).toBe('mine')
    expect(nameOf(resolveService(wish, [shared('cluster'), own('mine')]))).toBe('cluster')
  })

  it('names both where two are the default', () => {
    const found = resolveService(wish, [own('b', true), own('a', true)])
    expect(found).toMatchObject({ kind: 'problem', reason: 'ServiceAmbiguous' })
    expect(found.kind === 'problem' && found.message).toContain('a and b')
  })

  it('takes the other default where one is being deleted, and that one where there is no other', () => {
    const going = { ...own('old', true), deleting: true }
    expect(nameOf(resolveService(wish, [going, own('new', true)]))).toBe('new')
    expect(nameOf(resolveService(wish, [going]))).toBe('old')
  })

  it('gives nothing from a cluster-wide service unless namespace and scopes are named', () => {
    expect(nameOf(resolveService(wish, [shared('c', { namespaces: [] })]))).toBe(
      'ServiceNotAllowed',
    )
    expect(nameOf(resolveService(wish, [shared('c', { scopes: ['write'] })]))).toBe(
      'ServiceNotAllowed',
    )
    expect(
      nameOf(resolveService(wish, [shared('c', { namespaces: ['*'], scopes: ['read'] })])),
    ).toBe('c')
  })
})
