import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { createFakeClock } from './fake-clock.ts'
import { inClusterAccess } from './in-cluster.ts'
import { loadClusterAccess } from './kubeconfig.ts'
import { KubeconfigError } from './kubeconfig-error.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'kubeconfig-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const base64 = (text: string) => Buffer.from(text).toString('base64')

function write(name: string, content: string | object): string {
  const path = join(folder, name)
  writeFileSync(path, typeof content === 'string' ? content : stringify(content))
  return path
}

function config(user: object, cluster: object = {}, context = 'one') {
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    clusters: [{ name: 'c', cluster: { server: 'https://one:6443', ...cluster } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: context, context: { cluster: 'c', user: 'u', namespace: 'ns' } }],
  }
}

const load = (path: string) => loadClusterAccess({ path, env: {}, userAgent: 'tests' })
const agent = ['user-agent', 'tests']

describe('a kubeconfig', () => {
  test('gives server, namespace, inline certificates and a token', async () => {
    const path = write(
      'config',
      config(
        { token: 't', 'client-certificate-data': base64('CERT'), 'client-key-data': base64('KEY') },
        { 'certificate-authority-data': base64('CA'), 'tls-server-name': 'api' },
      ),
    )
    const access = load(path)
    expect(access).toMatchObject({ server: 'https://one:6443', namespace: 'ns' })
    expect(access.headers()).toEqual([...agent, 'authorization', 'Bearer t'])
    expect(await access.tls()).toEqual({ ca: 'CA', cert: 'CERT', key: 'KEY', servername: 'api' })
    expect(access.refresh(await access.headers())).toBe(false)
  })

  test('reads certificates from files beside it, again when they have changed', async () => {
    write('ca.crt', 'CA1')
    const access = load(write('config', config({}, { 'certificate-authority': 'ca.crt' })))
    const first = await access.tls()
    expect(first).toEqual({ ca: 'CA1' })
    expect(await access.tls()).toBe(first)
    write('ca.crt', 'CA2')
    expect(await access.tls()).toEqual({ ca: 'CA2' })
  })

  test('may turn verification off, use a password, and act as someone else', async () => {
    const user = { username: 'me', password: 'pw', as: 'you', 'as-groups': ['g1', 'g2'] }
    const access = load(write('config', config(user, { 'insecure-skip-tls-verify': true })))
    expect(await access.tls()).toEqual({ rejectUnauthorized: false })
    expect(access.headers()).toEqual([
      ...agent,
      ...['authorization', `Basic ${base64('me:pw')}`],
      ...['impersonate-user', 'you', 'impersonate-group', 'g1', 'impersonate-group', 'g2'],
    ])
  })

  test('may consist of several files, of which the first that says something wins', async () => {
    const first = write('first', {
      'current-context': 'two',
      users: [{ name: 'u', user: { token: 'first' } }],
    })
    const second = write('second', config({ token: 'second' }, {}, 'two'))
    const env = { KUBECONFIG: `${first}:${join(folder, 'missing')}:${second}` }
    const access = loadClusterAccess({ env, userAgent: 'tests' })
    expect(await access.headers()).toContain('Bearer first')
    expect(access.server).toBe('https://one:6443')
  })

  test('is looked for in the home folder last', () => {
    expect(() => loadClusterAccess({ env: { HOME: folder } })).toThrow(
      `${join(folder, '.kube', 'config')}: no such file; name a kubeconfig`,
    )
  })
})

describe('a bad kubeconfig', () => {
  const cases: [string, string | object, string][] = [
    ['that is no YAML', 'users: [{token: hunter2', 'not valid YAML at line 1'],
    ['that is a text', 'hunter2', 'not a kubeconfig'],
    ['without a context', { clusters: [] }, 'there is no current-context; choose a context'],
    ['with an unknown context', { 'current-context': 'x' }, 'no context named "x"'],
    ['whose list is none', { users: 'hunter2' }, 'users is not a list'],
    [
      'with a nameless entry',
      { users: [{ user: { token: 'hunter2' } }] },
      'every entry of users needs a name',
    ],
    ['without a server', config({}, { server: 'nonsense' }), 'cluster "c": server is not a URL'],
    ['with a proxy', config({}, { 'proxy-url': 'http://p' }), 'proxy-url is not supported'],
    ['with a token that is no text', config({ token: 123 }), 'user "u": token is not a text'],
    ['of an old kind', config({ 'auth-provider': {} }), 'auth-provider was removed'],
    [
      'with a plug-in that has no command',
      config({ exec: {} }),
      'exec needs a command and an apiVersion',
    ],
  ]
  test.each(cases)(
    '%s is refused with its place and without its content',
    (_name, content, message) => {
      const path = write('config', content)
      let error: unknown
      try {
        load(path)
      } catch (thrown) {
        error = thrown
      }
      expect(error).toBeInstanceOf(KubeconfigError)
      expect(String(error)).toContain(message)
      expect(String(error)).toContain(path)
      expect(String(error)).not.toContain('hunter2')
    },
  )

  test('names a certificate file that is missing when it is needed', async () => {
    const access = load(write('config', config({}, { 'certificate-authority': 'nowhere.crt' })))
    await expect(access.tls()).rejects.toThrow(`${join(folder, 'nowhere.crt')} cannot be read`)
  })
})

describe('a token file', () => {
  test('is read again after half a minute, and keeps its last token when it vanishes', async () => {
    const clock = createFakeClock()
    const token = write('token', 'one\n')
    const path = write('config', config({ tokenFile: 'token' }))
    const access = loadClusterAccess({ path, env: {}, clock })
    const first = await access.headers()
    expect(first).toContain('Bearer one')
    write('token', 'two')
    expect(access.headers()).toBe(first)
    await clock.advance(30_000)
    expect(access.headers()).toContain('Bearer two')
    rmSync(token)
    await clock.advance(30_000)
    expect(access.headers()).toContain('Bearer two')
  })

  test('is read again after a refusal', async () => {
    write('token', 'one')
    const access = load(write('config', config({ tokenFile: 'token' })))
    const refused = await access.headers()
    expect(access.refresh(refused)).toBe(false)
    write('token', 'two')
    expect(access.refresh(refused)).toBe(true)
    expect(await access.headers()).toContain('Bearer two')
    expect(access.refresh(refused)).toBe(true)
  })
})

describe('in a pod', () => {
  test('the ServiceAccount gives token, CA and namespace', async () => {
    write('token', 'pod-token')
    write('ca.crt', 'CA')
    write('namespace', 'system')
    const env = { KUBERNETES_SERVICE_HOST: '10.0.0.1', KUBERNETES_SERVICE_PORT: '443' }
    const access = inClusterAccess({ env, clock: createFakeClock(), userAgent: 'tests', folder })
    expect(access).toMatchObject({ server: 'https://10.0.0.1:443', namespace: 'system' })
    expect(access.headers()).toContain('Bearer pod-token')
    expect(await access.tls()).toEqual({ ca: 'CA' })
  })

  test('an IPv6 address is bracketed', () => {
    const env = { KUBERNETES_SERVICE_HOST: 'fd00::1' }
    const access = inClusterAccess({ env, clock: createFakeClock(), userAgent: 'tests', folder })
    expect(access.server).toBe('https://[fd00::1]:443')
  })
})
