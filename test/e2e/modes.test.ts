import { createTransport, loadClusterAccess } from '@latchkey/operator'
import { expect, it } from 'vitest'
import { createCutter } from './cutter.ts'
import { readApiKey, readSecret } from './read.ts'
import { until } from './until.ts'
import { startWorld, type World } from './world.ts'

const apiVersion = 'latchkey.dev/v1alpha1'
const declare = (world: World, namespace: string, name: string) =>
  world.cluster.apply([{ apiVersion, kind: 'ApiKey', metadata: { name, namespace }, spec: {} }])

async function isReady(world: World, namespace: string, name: string): Promise<boolean> {
  const apiKey = await readApiKey(world, namespace, name)
  return (
    apiKey?.status?.conditions?.some(
      ({ type, status }) => type === 'Ready' && status === 'True',
    ) === true
  )
}

it('serves the namespaces it is given with Roles alone, and touches no other', async () => {
  const world = await startWorld({
    cluster: { namespaces: ['shop'] },
    namespaces: ['shop', 'other'],
  })
  try {
    const operator = await world.startOperator({ namespaces: ['shop'] })
    await operator.leading()
    await declare(world, 'other', 'api')
    await declare(world, 'shop', 'api')
    await until('the key of shop is Ready', () => isReady(world, 'shop', 'api'))
    const secret = await readSecret(world, 'shop', 'api')
    expect(await world.service.verify(secret?.token ?? '')).toMatchObject({ valid: true })
    expect(await readSecret(world, 'other', 'api')).toBeUndefined()
    expect(await world.service.marked('other')).toEqual([])
    const sweeping = await world.cluster.kubectl('get', 'clusterrolebindings', '-o', 'name')
    expect(sweeping).not.toContain('latchkey')
  } finally {
    await world.stop()
  }
})

it('sets the finalizer itself, before it mints, where no admission policy does', async () => {
  const world = await startWorld()
  try {
    const policies = await world.cluster.kubectl('get', 'mutatingadmissionpolicies', '-o', 'name')
    await world.cluster.kubectl('delete', ...policies.trim().split('\n'))
    await until('the policy acts no more', async () => {
      await declare(world, 'shop', 'probe')
      const probe = await readApiKey(world, 'shop', 'probe')
      await world.cluster.kubectl(
        'patch',
        'apikey',
        '-n',
        'shop',
        'probe',
        '--type=merge',
        '-p',
        '{"metadata":{"finalizers":null}}',
      )
      await world.cluster.kubectl('delete', 'apikey', '-n', 'shop', 'probe')
      return probe?.metadata.finalizers === undefined
    })
    const path = await world.cluster.operatorKubeconfig()
    const recorder = createCutter(createTransport(loadClusterAccess({ path, env: {} })))
    const operator = await world.startOperator({
      transport: recorder.transport,
      openHttp: recorder.openHttp,
    })
    await operator.leading()
    await until('the operator is at rest', async () => operator.isIdle())
    recorder.arm()
    await declare(world, 'shop', 'api')
    await until('it is Ready', () => isReady(world, 'shop', 'api'))
    const calls = recorder.calls()
    const finalizer = calls.findIndex(
      (call) => call.startsWith('PATCH') && call.endsWith('apikeys/{name}'),
    )
    expect(finalizer).toBeGreaterThanOrEqual(0)
    expect(finalizer).toBeLessThan(calls.indexOf('POST /apikeys'))
    await world.cluster.kubectl('delete', 'apikey', '-n', 'shop', 'api')
    expect(await world.service.live('shop')).toEqual([])
  } finally {
    await world.stop()
  }
})
