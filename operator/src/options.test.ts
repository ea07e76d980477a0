import { expect, it } from 'vitest'
import { parseOptions } from './options.ts'

it('takes its namespace from the command line, else from the pod, else the usual one', () => {
  const namespaceOf = (args: string[], env = {}) => {
    const parsed = parseOptions(args, env)
    return parsed.kind === 'options' ? parsed.options.namespace : parsed
  }
  expect(namespaceOf(['--namespace', 'a'], { POD_NAMESPACE: 'b' })).toBe('a')
  expect(namespaceOf([], { POD_NAMESPACE: 'b' })).toBe('b')
  expect(namespaceOf([])).toBe('latchkey-system')
})

it('tells everything that is wrong at once', () => {
  const parsed = parseOptions(
    ['--health-port', 'x', '--log-level', 'loud', '--namespaces', 'a,,b'],
    {},
  )
  expect(parsed.kind === 'wrong' && parsed.message.split('\n')).toHaveLength(3)
})

it('refuses an option that it does not know', () => {
  expect(parseOptions(['--kubeconfg', 'x'], {})).toMatchObject({ kind: 'wrong' })
})
