import { admissionPolicies } from '@latchkey/operator'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { operator } from './install.ts'

const group = '/apis/latchkey.dev/v1alpha1'
const apiKeys = `${group}/namespaces/team/apikeys`
const secrets = '/api/v1/namespaces/team/secrets'
const operatorUser = `system:serviceaccount:${operator.namespace}:${operator.serviceAccount}`
const credentials = { tokenRef: { name: 'credential' } }

let cluster: TestCluster
beforeAll(async () => {
  cluster = await startTestCluster()
  await cluster.apply(people)
})
afterAll(() => cluster?.stop())

/** An author may write our kinds; a keeper may write and read Secrets as well; a renewer may change one, and create none. */
const people = `
apiVersion: v1
kind: Namespace
metadata: { name: team }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: author }
rules:
  - { apiGroups: [latchkey.dev], resources: ['*'], verbs: ['*'] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: author }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: author }
subjects: [{ kind: User, name: author }, { kind: User, name: keeper }, { kind: User, name: renewer }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: renewer, namespace: team }
rules:
  - { apiGroups: [''], resources: [secrets], verbs: [get, update], resourceNames: [mine] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: renewer, namespace: team }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: renewer }
subjects: [{ kind: User, name: renewer }]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: keeper, namespace: team }
rules:
  - { apiGroups: [''], resources: [secrets], verbs: [create] }
  - { apiGroups: [''], resources: [secrets], verbs: [get, update], resourceNames: [mine, credential] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: keeper, namespace: team }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: keeper }
subjects: [{ kind: User, name: keeper }]
`

function create(path: string, name: string, spec: object, as?: string) {
  const kind = path.endsWith('apikeys')
    ? 'ApiKey'
    : path.endsWith('clusterkeyservices')
      ? 'ClusterKeyService'
      : 'KeyService'
  const body = { apiVersion: 'latchkey.dev/v1alpha1', kind, metadata: { name }, spec }
  return cluster.request('POST', path, as === undefined ? { body } : { body, as })
}

describe('the finalizer', () => {
  it('is on an ApiKey as soon as it is created', async () => {
    const { object } = await create(apiKeys, 'finalized', {})
    expect(object?.metadata.finalizers).toEqual(['latchkey.dev/revoke'])
  })

  it('stands beside those of others', async () => {
    const { object } = await cluster.request('POST', apiKeys, {
      body: {
        apiVersion: 'latchkey.dev/v1alpha1',
        kind: 'ApiKey',
        metadata: { name: 'shared', finalizers: ['example.com/mine', 'latchkey.dev/revoke'] },
        spec: {},
      },
    })
    expect(object?.metadata.finalizers).toEqual(['example.com/mine', 'latchkey.dev/revoke'])
  })

  it('does not come back when it is taken away', async () => {
    await create(apiKeys, 'released', {})
    const { object } = await cluster.request('PATCH', `${apiKeys}/released`, {
      body: { metadata: { finalizers: null } },
    })
    expect(object?.metadata.finalizers).toBeUndefined()
  })
})

describe('an author without rights on Secrets', () => {
  it('may ask for the plain Secret of the name of the ApiKey', async () => {
    const plain = { name: 'plain', type: 'Opaque', deletionPolicy: 'Retain' }
    expect(await create(apiKeys, 'plain', { secret: plain }, 'author')).toMatchObject({
      status: 201,
    })
  })

  it.each([
    ['another name', { name: 'other' }],
    ['data of his own', { data: { a: '{{ token }}' } }],
    ['labels', { labels: { 'argocd.argoproj.io/secret-type': 'cluster' } }],
    ['annotations', { annotations: { a: 'b' } }],
    ['another type', { type: 'kubernetes.io/basic-auth', data: { password: '{{ token }}' } }],
  ])('is refused %s, with a sentence that names the right', async (_what, secret) => {
    const { status, message } = await create(apiKeys, 'beyond', { secret }, 'author')
    expect(status).toBe(403)
    expect(message).toContain(
      'spec.secret asks for more than the plain Secret beyond, so you need the rights to create and update secrets in namespace team',
    )
  })

  it('may change what has nothing to do with it, and take a finalizer away', async () => {
    await create(apiKeys, 'kept', { secret: { name: 'mine' } })
    const path = `${apiKeys}/kept`
    const body = { metadata: { labels: { a: 'b' }, finalizers: null } }
    expect(await cluster.request('PATCH', path, { body, as: 'author' })).toMatchObject({
      status: 200,
    })
    const wish = { spec: { displayName: 'other' } }
    expect(await cluster.request('PATCH', path, { body: wish, as: 'author' })).toMatchObject({
      status: 403,
    })
  })

  it('may finish the deletion of an ApiKey, whatever else the update says', async () => {
    await create(apiKeys, 'deleted', { secret: { name: 'mine' } })
    const path = `${apiKeys}/deleted`
    await cluster.request('DELETE', path, { as: 'author' })
    const body = { metadata: { finalizers: null }, spec: { secret: { name: 'other' } } }
    expect(await cluster.request('PATCH', path, { body, as: 'author' })).toMatchObject({
      status: 200,
    })
    expect(await cluster.request('GET', path)).toMatchObject({ status: 404 })
  })

  it.each([
    ['keyservices', `${group}/namespaces/team/keyservices`, {}],
    ['clusterkeyservices', `${group}/clusterkeyservices`, { secretNamespace: 'team' }],
  ])('is refused %s with a Secret that he may not read', async (_what, path, fields) => {
    const spec = { url: 'http://127.0.0.1:1', credentials, ...fields }
    const refused = await create(path, 'deputy', spec, 'author')
    expect(refused.status).toBe(403)
    expect(refused.message).toContain(
      'you need the right to get secrets credential in namespace team',
    )
    expect(await create(path, 'deputy', spec, 'keeper')).toMatchObject({ status: 201 })
  })

  it.each(['keyRef', 'secretRef'])('is refused such a Secret as %s, too', async (part) => {
    const url = 'http://127.0.0.1:1'
    const path = `${group}/namespaces/team/keyservices`
    const own = { keyRef: { name: 'mine' }, secretRef: { name: 'mine' } }
    const others = { ...own, [part]: { name: 'credential' } }
    const refused = await create(path, 'pair', { url, credentials: others }, 'renewer')
    expect(refused.message).toContain('spec.credentials names Secrets that you may not read')
    const name = `pair-${part.toLowerCase()}`
    const allowed = await create(path, name, { url, credentials: own }, 'renewer')
    expect(allowed).toMatchObject({ status: 201 })
  })
})

describe('an author with rights on one Secret', () => {
  it('may ask for that one, and for no other', async () => {
    const mine = { secret: { name: 'mine', labels: { a: 'b' } } }
    expect(await create(apiKeys, 'keeper', mine, 'keeper')).toMatchObject({ status: 201 })
    const other = { secret: { name: 'other' } }
    expect(await create(apiKeys, 'thief', other, 'keeper')).toMatchObject({ status: 403 })
  })

  it('may not ask for it where he could change it and not create it', async () => {
    const mine = { secret: { name: 'mine', labels: { a: 'b' } } }
    expect(await create(apiKeys, 'renewed', mine, 'renewer')).toMatchObject({ status: 403 })
  })
})

describe("the operator's own account", () => {
  const labels = { 'app.kubernetes.io/managed-by': 'latchkey' }
  const write = (method: string, name: string, body: object, as?: string) =>
    cluster.request(method, method === 'POST' ? secrets : `${secrets}/${name}`, {
      body,
      ...(as === undefined ? {} : { as }),
    })

  it('creates, changes and deletes Secrets with our label', async () => {
    const secret = { metadata: { name: 'ours', labels } }
    expect(await write('POST', 'ours', secret, operatorUser)).toMatchObject({ status: 201 })
    const change = { stringData: { token: 'a' } }
    expect(await write('PATCH', 'ours', change, operatorUser)).toMatchObject({ status: 200 })
    expect(await write('DELETE', 'ours', {}, operatorUser)).toMatchObject({ status: 200 })
  })

  it('creates none without it, and takes it from none', async () => {
    const bare = await write('POST', 'bare', { metadata: { name: 'bare' } }, operatorUser)
    expect(bare.message).toContain('the operator may not touch Secret')
    await write('POST', 'left', { metadata: { name: 'left', labels } })
    const unlabel = { metadata: { labels: null } }
    expect(await write('PATCH', 'left', unlabel, operatorUser)).toMatchObject({ status: 403 })
  })

  it.each([
    ['data', { stringData: { token: 'stolen' } }],
    ['labels', { metadata: { labels } }],
    ['annotations', { metadata: { annotations: { a: 'b' } } }],
    [
      'owners',
      {
        metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Secret', name: 'a', uid: 'b' }] },
      },
    ],
    ['finalizers of others', { metadata: { finalizers: ['example.com/mine'] } }],
    ['mutability', { immutable: true }],
  ])('changes no %s of the Secrets of others, and deletes none', async (what, change) => {
    const name = `foreign-${what.split(' ')[0]}`
    await write('POST', name, { metadata: { name }, stringData: { token: 'a' } })
    expect(await write('PATCH', name, change, operatorUser)).toMatchObject({ status: 403 })
    expect(await write('DELETE', name, {}, operatorUser)).toMatchObject({ status: 403 })
  })

  it('puts its finalizer on the credential of a service and takes it away again', async () => {
    await write('POST', 'credential', {
      metadata: { name: 'credential' },
      stringData: { token: 'a' },
    })
    for (const finalizers of [['latchkey.dev/in-use'], null]) {
      const change = { metadata: { finalizers } }
      expect(await write('PATCH', 'credential', change, operatorUser)).toMatchObject({
        status: 200,
      })
    }
  })
})

describe('a server without mutating policies', () => {
  it('gets the validating ones alone', () => {
    const kinds = admissionPolicies({
      operatorNamespace: operator.namespace,
      operatorServiceAccount: operator.serviceAccount,
      served: { mutating: false },
    }).map((manifest) => manifest.kind)
    expect(new Set(kinds)).toEqual(
      new Set(['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding']),
    )
  })
})
