/** A spec that the parser and the API server must judge alike. */
export interface SpecVector {
  readonly what: string
  readonly spec: object
  /** What both have to say; absent: both accept it. An empty one: both refuse, each in its own words. */
  readonly sentence?: string
}

const duration = 'must be a duration such as 720h or 1h30m (90 days are 2160h)'
const instant = 'must be an instant such as 2027-01-31T00:00:00Z'
const name = 'must be a DNS subdomain name'
const exactlyOne =
  'expiration needs exactly one of after (a duration such as 2160h) and time (an instant)'
const text = (length: number) => 'x'.repeat(length)
const entries = (count: number) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`key-${index}`, 'v']))

export const apiKeyVectors: readonly SpecVector[] = [
  { what: 'nothing', spec: {} },
  { what: 'an unknown field', spec: { scope: 'readMerchants' }, sentence: '' },
  { what: 'an unknown field inside', spec: { secret: { nmae: 'a' } }, sentence: '' },
  { what: 'a wrong type', spec: { suspend: 'yes' }, sentence: '' },
  { what: 'a service', spec: { serviceRef: { name: 'bundled' } } },
  { what: 'a service without a name', spec: { serviceRef: {} }, sentence: '' },
  {
    what: 'a service of another kind',
    spec: { serviceRef: { kind: 'Service', name: 'a' } },
    sentence: '',
  },
  { what: 'an impossible name', spec: { serviceRef: { name: 'A_b' } }, sentence: name },
  { what: 'the longest display name', spec: { displayName: text(128) } },
  { what: 'a display name too long', spec: { displayName: text(129) }, sentence: '' },
  { what: 'an empty display name', spec: { displayName: '' }, sentence: '' },
  { what: 'scopes', spec: { scopes: ['readMerchants', 'billing:read', 'a/b.c_d-*'] } },
  { what: 'no scopes', spec: { scopes: [] } },
  {
    what: 'a scope with a space',
    spec: { scopes: ['read merchants'] },
    sentence: 'must be a scope such as readApplications or billing:read',
  },
  { what: 'a scope twice', spec: { scopes: ['a', 'a'] }, sentence: '' },
  { what: 'too many scopes', spec: { scopes: Object.keys(entries(65)) }, sentence: '' },
  { what: 'an expiration after days', spec: { expiration: { after: '2160h' } } },
  { what: 'the longest duration', spec: { expiration: { after: '999999h9999999m999999999s' } } },
  { what: 'a duration too long', spec: { expiration: { after: '9999999h' } }, sentence: duration },
  { what: 'days', spec: { expiration: { after: '90d' } }, sentence: duration },
  {
    what: 'a duration in the wrong order',
    spec: { expiration: { after: '1m1h' } },
    sentence: duration,
  },
  { what: 'an empty duration', spec: { expiration: { after: '' } }, sentence: duration },
  { what: 'a negative duration', spec: { expiration: { after: '-1h' } }, sentence: duration },
  {
    what: 'no duration at all',
    spec: { expiration: { after: '0h' } },
    sentence: 'expiration.after must be longer than nothing',
  },
  { what: 'an expiration at a time', spec: { expiration: { time: '2031-01-31T00:00:00Z' } } },
  { what: 'a time with an offset', spec: { expiration: { time: '2031-01-31T00:00:00.5+02:00' } } },
  { what: 'a leap day', spec: { expiration: { time: '2028-02-29T00:00:00Z' } } },
  {
    what: 'a day that is none',
    spec: { expiration: { time: '2027-02-29T00:00:00Z' } },
    sentence: instant,
  },
  { what: 'a date', spec: { expiration: { time: '2031-01-31' } }, sentence: instant },
  {
    what: 'a time without zone',
    spec: { expiration: { time: '2031-01-31T00:00:00' } },
    sentence: instant,
  },
  { what: 'lower case', spec: { expiration: { time: '2031-01-31t00:00:00z' } }, sentence: instant },
  { what: 'an expiration without end', spec: { expiration: {} }, sentence: exactlyOne },
  {
    what: 'two ends',
    spec: { expiration: { after: '1h', time: '2031-01-31T00:00:00Z' } },
    sentence: exactlyOne,
  },
  { what: 'a rotation by period', spec: { rotation: { period: '720h' } } },
  {
    what: 'a rotation before the expiration',
    spec: { expiration: { after: '2160h' }, rotation: { before: '336h', gracePeriod: '24h' } },
  },
  {
    what: 'a rotation without time',
    spec: { rotation: { strategy: 'Recreate' } },
    sentence: 'rotation needs period, or before together with an expiration, or both',
  },
  {
    what: 'a period of seconds',
    spec: { rotation: { period: '59s' } },
    sentence: 'rotation.period must be at least 60s',
  },
  {
    what: 'an unknown strategy',
    spec: { rotation: { period: '1h', strategy: 'InPlace' } },
    sentence: '',
  },
  {
    what: 'before what never comes',
    spec: { rotation: { before: '1h' } },
    sentence: 'rotation.before needs expiration.after to come before',
  },
  {
    what: 'before an instant, at which it would rotate only once',
    spec: { expiration: { time: '2031-01-31T00:00:00Z' }, rotation: { before: '1h' } },
    sentence: 'rotation.before needs expiration.after to come before',
  },
  {
    what: 'before the issue',
    spec: { expiration: { after: '1h' }, rotation: { before: '1h' } },
    sentence: 'rotation.before must be at least 60s shorter than expiration.after',
  },
  { what: 'a plain Secret of another name', spec: { secret: { name: 'a.b-c' } } },
  { what: 'a Secret with an impossible name', spec: { secret: { name: 'a/b' } }, sentence: name },
  {
    what: 'a Secret that a controller fills',
    spec: { secret: { type: 'kubernetes.io/service-account-token' } },
    sentence: '',
  },
  {
    what: 'labels and annotations',
    spec: { secret: { labels: { team: 'a' }, annotations: { 'example.com/a': 'b c' } } },
  },
  {
    what: 'a label that is none',
    spec: { secret: { labels: { team: 'a b' } } },
    sentence: 'secret.labels needs values of letters',
  },
  {
    what: 'a label with an impossible key',
    spec: { secret: { labels: { 'a b': 'c' } } },
    sentence: 'secret.labels needs keys such as',
  },
  {
    what: 'too many annotations',
    spec: { secret: { annotations: entries(33) } },
    sentence: '',
  },
  {
    what: 'an annotation that only Latchkey writes',
    spec: { secret: { annotations: { 'latchkey.dev/key-id': 'k' } } },
    sentence: 'secret.annotations must leave latchkey.dev/',
  },
  {
    what: 'a label that only Latchkey writes',
    spec: { secret: { labels: { 'app.kubernetes.io/managed-by': 'me' } } },
    sentence: 'secret.labels must leave latchkey.dev/',
  },
  {
    what: 'templates',
    spec: {
      secret: { data: { 'a.json': '{"a":{"b":"{{ token }}"}}{', B: '{{keyId}}\n{{ apiSecret }}' } },
    },
  },
  {
    what: 'an unknown placeholder',
    spec: { secret: { data: { a: 'x {{ tokne }}' } } },
    sentence: 'and no other placeholder',
  },
  {
    what: 'no data',
    spec: { secret: { data: {} } },
    sentence: 'secret.data needs one to 32 entries',
  },
  { what: 'too much data', spec: { secret: { data: { a: text(16_385) } } }, sentence: '' },
  {
    what: 'an entry that leads elsewhere',
    spec: { secret: { data: { '../a': 'b' } } },
    sentence: 'secret.data needs keys of letters',
  },
  { what: 'a hidden entry', spec: { secret: { data: { '.env': 'b' } } } },
  {
    what: 'basic-auth',
    spec: { secret: { type: 'kubernetes.io/basic-auth', data: { password: '{{ token }}' } } },
  },
  {
    what: 'basic-auth without either',
    spec: { secret: { type: 'kubernetes.io/basic-auth' } },
    sentence: 'needs the entry username or password',
  },
  {
    what: 'dockerconfigjson without its entry',
    spec: { secret: { type: 'kubernetes.io/dockerconfigjson', data: { a: 'b' } } },
    sentence: 'needs the entry .dockerconfigjson',
  },
]

const credentials = { tokenRef: { name: 'credential' } }
const url = 'http://127.0.0.1:8085'
const notUrl = 'must be an http or https URL without user, query and fragment'
const either = 'credentials needs either tokenRef, or keyRef together with secretRef'
const pair = { keyRef: { name: 'a', key: 'k' }, secretRef: { name: 'a', key: 's' } }

export const keyServiceVectors: readonly SpecVector[] = [
  { what: 'a token', spec: { url, credentials } },
  { what: 'a pair', spec: { url: 'https://keys.example.com/api/v1', credentials: pair } },
  { what: 'IPv6', spec: { url: 'https://[::1]:8443/', credentials } },
  { what: 'no URL', spec: { credentials }, sentence: '' },
  { what: 'no credentials', spec: { url }, sentence: '' },
  { what: 'empty credentials', spec: { url, credentials: {} }, sentence: either },
  { what: 'half a pair', spec: { url, credentials: { keyRef: pair.keyRef } }, sentence: either },
  { what: 'both', spec: { url, credentials: { ...credentials, ...pair } }, sentence: either },
  { what: 'another protocol', spec: { url: 'ftp://a', credentials }, sentence: notUrl },
  { what: 'a URL with a user', spec: { url: 'http://a:b@c', credentials }, sentence: notUrl },
  { what: 'a URL with a query', spec: { url: 'http://a/?b', credentials }, sentence: notUrl },
  {
    what: 'a URL with white space',
    spec: { url: 'http://a/\u00a0', credentials },
    sentence: notUrl,
  },
  { what: 'an unknown driver', spec: { url, credentials, driver: 'x' }, sentence: '' },
]

const secretNamespace = 'keys'

export const clusterKeyServiceVectors: readonly SpecVector[] = [
  { what: 'all namespaces', spec: { url, credentials, secretNamespace, namespaces: ['*'] } },
  { what: 'no namespace for the Secret', spec: { url, credentials }, sentence: '' },
  {
    what: 'a namespace twice',
    spec: { url, credentials, secretNamespace, namespaces: ['a', 'a'] },
    sentence: '',
  },
  {
    what: 'an empty scope',
    spec: { url, credentials, secretNamespace, scopes: [''] },
    sentence: '',
  },
]
