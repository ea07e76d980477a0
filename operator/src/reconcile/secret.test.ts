import { randomBytes } from 'node:crypto'
import { apiKeySpec, desiredKey, Token } from '@latchkey/core'
import { describe, expect, it } from 'vitest'
import { createDigester } from './digest.ts'
import { type Delivery, dressPatch, secretObject, trialSecret, writtenOver } from './secret.ts'

const identity = { cluster: 'c', namespace: 'shop', name: 'api', uid: 'uid-1' }
const desired = (spec: unknown) => desiredKey(apiKeySpec.parse(spec), identity)
const digester = createDigester(randomBytes(32))
const delivery: Delivery = {
  keyId: 'apiKey-1',
  credentialId: 'cred-1',
  revision: 3,
  credential: { kind: 'token', token: new Token('lk_abc') },
}
const clear = (data: Readonly<Record<string, string>> = {}) =>
  Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, 'base64').toString()]),
  )

describe('the Secret', () => {
  it('holds one entry per part of the credential unless templates say otherwise', () => {
    expect(clear(secretObject(desired({}), delivery, digester).data)).toEqual({ token: 'lk_abc' })
    const pair = { kind: 'pair', apiKey: 'apiKey-1', apiSecret: new Token('s3') } as const
    const object = secretObject(desired({}), { ...delivery, credential: pair }, digester)
    expect(clear(object.data)).toEqual({ apiKey: 'apiKey-1', apiSecret: 's3' })
  })

  it('fills templates', () => {
    const spec = { secret: { data: { url: 'https://x/?k={{token}}', id: '{{ keyId }}' } } }
    expect(clear(secretObject(desired(spec), delivery, digester).data)).toEqual({
      url: 'https://x/?k=lk_abc',
      id: 'apiKey-1',
    })
  })

  it('is refused with what to use instead when a template asks for a part that this service does not give', () => {
    const spec = { secret: { data: { secret: '{{ apiSecret }}' } } }
    expect(() => secretObject(desired(spec), delivery, digester)).toThrow(/use .*\{\{ token \}\}/)
  })

  it('can be tried with stand-ins that fail where the real one would', () => {
    const type = 'kubernetes.io/dockerconfigjson'
    const tried = (template: string) => {
      const spec = { secret: { type, data: { '.dockerconfigjson': template } } }
      const { data } = trialSecret(desired(spec), digester)
      return () => JSON.parse(clear(data)['.dockerconfigjson'] ?? '')
    }
    expect(tried('{"auths":{"r.example.com":{"password":"{{ token }}"}}}')).not.toThrow()
    expect(tried('{{ token }}')).toThrow()
    const real = secretObject(desired({}), delivery, digester)
    const trial = trialSecret(desired({}), digester)
    expect(Object.keys(trial.data ?? {})).toEqual(Object.keys(real.data ?? {}))
    expect(trial.metadata.labels).toEqual(real.metadata.labels)
  })

  it('loses what the declaration put there and does not name any more, and nothing of others', () => {
    const secret = { labels: { team: 'a', tier: 'b' }, annotations: { note: 'n' } }
    const { metadata } = secretObject(desired({ secret }), delivery, digester)
    const labels = { ...metadata.labels, theirs: 'x' }
    const left = desired({ secret: { labels: { tier: 'c' } } })
    const patch = dressPatch({ metadata: { ...metadata, labels } }, left)
    expect(patch.labels).toEqual({
      team: null,
      tier: 'c',
      'app.kubernetes.io/managed-by': 'latchkey',
    })
    expect(patch.annotations).toMatchObject({ note: null, 'latchkey.dev/labels': 'tier' })
    expect(patch.annotations).not.toHaveProperty('latchkey.dev/key-id')
  })

  it('is written over the present one with what others put there, and without what was ours', () => {
    const secret = { labels: { team: 'a', tier: 'b' }, annotations: { note: 'n' } }
    const { metadata } = secretObject(desired({ secret }), delivery, digester)
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'theirs', uid: 'uid-2' }
    const present = {
      metadata: {
        ...metadata,
        labels: { ...metadata.labels, theirs: 'x' },
        annotations: { ...metadata.annotations, 'argocd.example/sync': '1' },
        ownerReferences: [...(metadata.ownerReferences ?? []), owner],
        finalizers: ['example.com/backup'],
      },
    }
    const left = desired({ secret: { labels: { tier: 'c' }, deletionPolicy: 'Retain' } })
    const next = secretObject(left, { ...delivery, revision: 4 }, digester)
    expect(writtenOver(present, next)).toEqual({
      ...next,
      metadata: {
        ...next.metadata,
        labels: { ...next.metadata.labels, theirs: 'x' },
        annotations: { ...next.metadata.annotations, 'argocd.example/sync': '1' },
        ownerReferences: [owner],
        finalizers: ['example.com/backup'],
      },
    })
  })

  it('names the token it holds in the same object, and never shows it there', () => {
    const { metadata } = secretObject(desired({}), delivery, digester)
    expect(metadata.annotations).toMatchObject({
      'latchkey.dev/key-id': 'apiKey-1',
      'latchkey.dev/credential-id': 'cred-1',
      'latchkey.dev/revision': '3',
    })
    expect(JSON.stringify(metadata)).not.toContain('lk_abc')
  })

  it('has no owner when it is retained: the garbage collector would take it', () => {
    const retained = desired({ secret: { deletionPolicy: 'Retain' } })
    expect(secretObject(retained, delivery, digester).metadata.ownerReferences).toEqual([])
    expect(secretObject(desired({}), delivery, digester).metadata.ownerReferences).toHaveLength(1)
  })
})

describe('the digest', () => {
  it('tells changed data from unchanged, and neither where another key made it', () => {
    const digest = digester.digest({ token: 'a' })
    expect(digester.compare({ token: 'a' }, digest)).toBe('same')
    expect(digester.compare({ token: 'b' }, digest)).toBe('changed')
    expect(digester.compare({ token: 'a', more: '' }, digest)).toBe('changed')
    expect(createDigester(randomBytes(32)).compare({ token: 'b' }, digest)).toBe('unknown')
  })
})
