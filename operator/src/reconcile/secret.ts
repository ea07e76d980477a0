import {
  type Credential,
  credentialParts,
  type DesiredKey,
  fingerprint,
  KeyError,
} from '@latchkey/core'
import { apiVersion, managedBy, managedByLabel, secretAnnotation } from '../names.ts'
import type { KubeObject } from '../runtime/resource.ts'
import type { Digester } from './digest.ts'

/** A token on its way into a Secret. */
export interface Delivery {
  readonly keyId: string
  readonly credentialId: string
  readonly revision: number
  readonly credential: Credential
}

/** A Secret on the wire; `data` is base64. */
export type SecretObject = KubeObject & {
  readonly type?: string
  readonly data?: Readonly<Record<string, string>>
}

/** The Secret that delivers a token: identity, digest and token in one object, so in one write. */
export function secretObject(
  desired: DesiredKey,
  delivery: Delivery,
  digester: Digester,
): SecretObject {
  const { credential, keyId } = delivery
  const parts = credentialParts(credential)
  return withData(desired, delivery, digester, secretData(desired, parts, { keyId, ...parts }))
}

/**
 * The Secret with letters in place of what only a mint gives. What the API server says of it in a dry run (a right, a
 * quota, a policy, data that does not fit the type) it would say of the real one.
 */
export function trialSecret(desired: DesiredKey, digester: Digester): SecretObject {
  const parts = { token: standIn, apiKey: standIn, apiSecret: standIn }
  const data = secretData(desired, { token: standIn }, { keyId: standIn, ...parts })
  return withData(desired, { keyId: standIn, credentialId: standIn, revision: 0 }, digester, data)
}

const standIn = 'x'.repeat(48)

function withData(
  desired: DesiredKey,
  delivery: Omit<Delivery, 'credential'>,
  digester: Digester,
  data: Readonly<Record<string, string>>,
): SecretObject {
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: {
      name: desired.secret.name,
      namespace: desired.identity.namespace,
      labels: { ...desired.secret.labels, [managedByLabel]: managedBy },
      annotations: {
        ...desired.secret.annotations,
        [secretAnnotation.ownerUid]: desired.identity.uid,
        [secretAnnotation.keyId]: delivery.keyId,
        [secretAnnotation.credentialId]: delivery.credentialId,
        [secretAnnotation.revision]: String(delivery.revision),
        [secretAnnotation.digest]: digester.digest(data),
        [secretAnnotation.shape]: shapeText(desired),
        ...declaredNames(desired),
      },
      ownerReferences: ownerReferences(desired),
    },
    type: desired.secret.type,
    data,
  }
}

/** The declared form as an annotation: type and templates, then labels, annotations and owner. */
export function shapeText(desired: DesiredKey): string {
  const { labels, annotations, retain, shape } = desired.secret
  return `${shape}.${fingerprint(JSON.stringify([labels, annotations, retain]))}`
}

/**
 * The Secret as it is to be written over the present one. Labels, annotations, owners and finalizers that others put
 * there stay; what is ours is as the new one has it, and what an earlier declaration of ours put there goes with it.
 */
export function writtenOver({ metadata: present }: KubeObject, object: SecretObject): SecretObject {
  const { labels, annotations, ownerReferences = [] } = object.metadata
  const others = (
    entries: Readonly<Record<string, string>> = {},
    ours: readonly string[],
  ): Record<string, string> =>
    Object.fromEntries(Object.entries(entries).filter(([name]) => !ours.includes(name)))
  const declared = (annotation: string) => present.annotations?.[annotation]?.split(',') ?? []
  const uid = annotations?.[secretAnnotation.ownerUid]
  return {
    ...object,
    metadata: {
      ...object.metadata,
      labels: { ...others(present.labels, declared(secretAnnotation.labels)), ...labels },
      annotations: {
        ...others(present.annotations, [
          ...declared(secretAnnotation.annotations),
          ...Object.values(secretAnnotation),
        ]),
        ...annotations,
      },
      ownerReferences: [
        ...(present.ownerReferences ?? []).filter((owner) => owner.uid !== uid),
        ...ownerReferences,
      ],
      ...(present.finalizers && { finalizers: present.finalizers }),
    },
  }
}

/** What the declaration puts on the Secret, as annotations; none where it puts nothing there. */
function declaredNames({ secret }: DesiredKey): Record<string, string> {
  const labels = Object.keys(secret.labels).join()
  const annotations = Object.keys(secret.annotations).join()
  return {
    ...(labels === '' ? {} : { [secretAnnotation.labels]: labels }),
    ...(annotations === '' ? {} : { [secretAnnotation.annotations]: annotations }),
  }
}

/**
 * Labels and annotations as a merge patch that brings a Secret in step: what an earlier declaration put there and this
 * one does not is taken off; what others put there stays.
 */
export function dressPatch({ metadata }: KubeObject, desired: DesiredKey): DressPatch {
  const before = metadata.annotations ?? {}
  const none = (annotation: string) =>
    Object.fromEntries((before[annotation]?.split(',') ?? []).map((name) => [name, null]))
  return {
    labels: {
      ...none(secretAnnotation.labels),
      ...desired.secret.labels,
      [managedByLabel]: managedBy,
    },
    annotations: {
      ...none(secretAnnotation.annotations),
      ...desired.secret.annotations,
      [secretAnnotation.labels]: null,
      [secretAnnotation.annotations]: null,
      ...declaredNames(desired),
      [secretAnnotation.shape]: shapeText(desired),
    },
  }
}

interface DressPatch {
  readonly labels: Readonly<Record<string, string | null>>
  readonly annotations: Readonly<Record<string, string | null>>
}

/** A retained Secret has no owner, or the garbage collector would take it with the ApiKey. */
export function ownerReferences(
  desired: DesiredKey,
): NonNullable<KubeObject['metadata']['ownerReferences']> {
  return desired.secret.retain
    ? []
    : [
        {
          apiVersion,
          kind: 'ApiKey',
          name: desired.identity.name,
          uid: desired.identity.uid,
          controller: true,
          blockOwnerDeletion: false,
        },
      ]
}

function secretData(
  desired: DesiredKey,
  entriesByDefault: Readonly<Record<string, string>>,
  parts: Readonly<Record<string, string>>,
): Record<string, string> {
  const entries =
    desired.secret.data === undefined
      ? Object.entries(entriesByDefault)
      : Object.entries(desired.secret.data).map(([name, template]): [string, string] => [
          name,
          render(template, parts),
        ])
  return Object.fromEntries(
    entries.map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('base64')]),
  )
}

/**
 * Replaces `{{ token }}` and the like. Throws `TemplateInvalid` for a part that the credential of this service does not
 * have: half a Secret would be worse than none.
 */
export function render(template: string, parts: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{\s*([A-Za-z]+)\s*\}\}/g, (_whole, name: string) => {
    const value = parts[name]
    if (value !== undefined) return value
    const known = Object.keys(parts).map((part) => `{{ ${part} }}`)
    throw new KeyError(
      'TemplateInvalid',
      `spec.secret.data uses {{ ${name} }}, which this key service does not give: use ${known.join(', ')}`,
    )
  })
}
