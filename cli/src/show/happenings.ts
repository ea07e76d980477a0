// Which changes of the cluster are news, and how they are told.

import type { ApiKeyStatus } from '@latchkey/core'
import { type Change, type KubeObject, secretAnnotation } from '@latchkey/operator'
import { type ApiKeyObject, readyCondition } from '../cluster/api-key.ts'
import type { Happening } from './event-line.ts'

/** What is followed of an ApiKey. */
export interface FollowedApiKey {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly deleting: boolean
  readonly ready: string
  readonly reason: string
  readonly message: string
  readonly current: ApiKeyStatus['current']
}

export function decodeApiKey(object: KubeObject): FollowedApiKey {
  const { metadata, status } = object as ApiKeyObject
  const condition = readyCondition(object as ApiKeyObject)
  return {
    ...place(object),
    deleting: metadata.deletionTimestamp !== undefined,
    ready: condition?.status ?? 'Unknown',
    reason: condition?.reason ?? '',
    message: condition?.message ?? '',
    current: status?.current,
  }
}

/** What is followed of a Secret of ours: which key it holds, never the token. */
export interface FollowedSecret {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly credentialId: string
  readonly revision: string
}

export function decodeSecret(object: KubeObject): FollowedSecret {
  const annotations = object.metadata.annotations ?? {}
  return {
    ...place(object),
    credentialId: annotations[secretAnnotation.credentialId] ?? '',
    revision: annotations[secretAnnotation.revision] ?? '',
  }
}

/** An Event about one of our objects, as the API server keeps it. */
export interface FollowedEvent {
  readonly namespace: string
  readonly name: string
  readonly resourceVersion: string
  readonly happening: Omit<Happening, 'time'> | undefined
  readonly count: number
}

export function decodeEvent(object: KubeObject): FollowedEvent {
  const { regarding, type, reason, note, series } = object as KubeObject & {
    readonly regarding?: { readonly apiVersion?: string; readonly kind?: string } & Named
    readonly type?: string
    readonly reason?: string
    readonly note?: string
    readonly series?: { readonly count?: number }
  }
  const ours = regarding?.apiVersion?.startsWith('latchkey.dev/') === true
  return {
    ...place(object),
    count: series?.count ?? 1,
    happening: ours
      ? {
          kind: regarding.kind ?? '',
          name: fullName(regarding),
          reason: reason ?? '',
          note: note ?? '',
          tone: type === 'Warning' ? 'bad' : 'good',
        }
      : undefined,
  }
}

type News = Omit<Happening, 'time'> | undefined

/** An ApiKey appeared, became ready or stopped being so, is being deleted, or is gone. Events tell the rest. */
export function apiKeyNews({ kind, record, previous }: Change<FollowedApiKey>): News {
  const told = (reason: string, note: string, tone: Happening['tone'] = 'plain'): News => ({
    kind: 'ApiKey',
    name: fullName(record),
    reason,
    note,
    tone,
  })
  if (kind === 'deleted') return told('Gone', '')
  if (kind === 'added') return told('Created', '')
  if (record.deleting && !previous?.deleting) return told('Deleting', 'its keys are being revoked')
  if (record.ready === previous?.ready && record.reason === previous.reason) return undefined
  if (record.ready === 'True') return told('Ready', record.current?.preview ?? '', 'good')
  return told(record.reason, record.message, record.ready === 'False' ? 'bad' : 'plain')
}

/** A Secret was written, got another token, or is gone. */
export function secretNews({ kind, record, previous }: Change<FollowedSecret>): News {
  const told = (reason: string, note: string): News => ({
    kind: 'Secret',
    name: fullName(record),
    reason,
    note,
    tone: 'plain',
  })
  const holds = `holds the token of revision ${record.revision}`
  if (kind === 'deleted') return told('Removed', '')
  if (record.credentialId === '') return undefined
  if (kind === 'added') return told('Written', holds)
  return record.credentialId === previous?.credentialId ? undefined : told('Replaced', holds)
}

/** A new Event, or one more of the same. */
export function eventNews({ kind, record, previous }: Change<FollowedEvent>): News {
  if (kind === 'deleted' || record.count === previous?.count) return undefined
  return record.happening
}

interface Named {
  readonly namespace?: string
  readonly name?: string
}

function place({ metadata }: KubeObject) {
  const { namespace = '', name = '', resourceVersion = '' } = metadata
  return { namespace, name, resourceVersion }
}

function fullName({ namespace, name = '' }: Named): string {
  return namespace ? `${namespace}/${name}` : name
}
