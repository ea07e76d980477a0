import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { kubeconfig } from './kubeconfig.ts'

test('a kubeconfig names one context and carries everything it needs', () => {
  const text = kubeconfig({
    name: 'demo',
    url: 'https://127.0.0.1:20001',
    caPem: 'authority',
    client: { certPem: 'certificate', keyPem: 'key' },
  })

  expect(parse(text)).toEqual({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {
        name: 'demo',
        cluster: {
          server: 'https://127.0.0.1:20001',
          'certificate-authority-data': Buffer.from('authority').toString('base64'),
        },
      },
    ],
    users: [
      {
        name: 'demo',
        user: {
          'client-certificate-data': Buffer.from('certificate').toString('base64'),
          'client-key-data': Buffer.from('key').toString('base64'),
        },
      },
    ],
    contexts: [{ name: 'demo', context: { cluster: 'demo', user: 'demo' } }],
    'current-context': 'demo',
  })
})
