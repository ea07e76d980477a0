import { describe, expect, test } from 'vitest'
import { headOfChange, headOfMetadata } from './metadata-head.ts'

const object = (metadata: object) =>
  JSON.stringify({ kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata })
const change = (type: string, text: string) => `{"type":"${type}","object":${text}}`

const metadata = { name: 'a', namespace: 'shop', uid: 'u', resourceVersion: '7' }
const head = { ...metadata }

describe('the head of metadata', () => {
  test('is read as the API server writes it', () => {
    const labels = { 'app.kubernetes.io/managed-by': 'latchkey' }
    expect(headOfMetadata(object({ ...metadata, labels }))).toEqual(head)
    expect(headOfChange(change('ADDED', object(metadata)))).toEqual(head)
    expect(headOfChange(change('MODIFIED', object(metadata)))).toEqual(head)
  })

  test('has no namespace where the kind has none, and may come from a generated name', () => {
    const { namespace: _, ...clusterScoped } = metadata
    expect(headOfMetadata(object(clusterScoped))).toEqual({ ...head, namespace: undefined })
    const { name, ...rest } = metadata
    expect(headOfMetadata(object({ name, generateName: 'a-', ...rest }))).toEqual(head)
  })

  test('is left to the parser for everything that begins in another way', () => {
    const annotations = { name: 'x', uid: 'y', resourceVersion: '9' }
    expect(headOfMetadata(object({ annotations, ...metadata }))).toBeUndefined()
    expect(headOfMetadata(JSON.stringify({ metadata }))).toBeUndefined()
    expect(headOfMetadata(object({ ...metadata, name: 'a"b' }))).toBeUndefined()
    expect(headOfMetadata('')).toBeUndefined()
    expect(headOfChange(change('DELETED', object(metadata)))).toBeUndefined()
    expect(headOfChange(change('BOOKMARK', object(metadata)))).toBeUndefined()
  })
})
