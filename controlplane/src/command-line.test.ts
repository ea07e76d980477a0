import { expect, test } from 'vitest'
import { commandLine } from './command-line.ts'

const options = { port: 20_001, fsync: true, hasControllerManager: true, apiServerFlags: [] }

test('etcd waits for the disk unless it is told not to', () => {
  expect(commandLine('etcd', options)).toContain('--unsafe-no-fsync=false')
  expect(commandLine('etcd', { ...options, fsync: false })).toContain('--unsafe-no-fsync=true')
})

test('nothing but the API server listens on a port', () => {
  expect(commandLine('etcd', options).join(' ')).not.toContain('http')
  expect(commandLine('kube-controller-manager', options)).toContain('--secure-port=0')
  expect(commandLine('kube-scheduler', options)).toContain('--secure-port=0')
})

test('pods can be created without a controller manager', () => {
  const alone = commandLine('kube-apiserver', { ...options, hasControllerManager: false })

  expect(alone).toContain('--disable-admission-plugins=ServiceAccount')
  expect(commandLine('kube-apiserver', options).join(' ')).not.toContain('disable-admission')
})

test("the caller's flags come last, so that they win", () => {
  const flags = commandLine('kube-apiserver', { ...options, apiServerFlags: ['--profiling=true'] })

  expect(flags.at(-1)).toBe('--profiling=true')
})
