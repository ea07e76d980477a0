import { createTransport, loadClusterAccess } from '@latchkey/operator'
import { expect, it } from 'vitest'
import { apiKeysIn } from './api-keys.ts'
import { createCutter } from './cutter.ts'
import { until } from './until.ts'
import { startWorld } from './world.ts'

it('serves the namespaces it is given with Roles alone, and touches no other', async () => {
  const world = await startWorld({
    cluster: { namespaces: ['shop'] },
    namespaces: ['shop', 'other'],
  })
  try {
    const operator = await world.startOperator({ namespaces: ['shop'] })
    await operator.leading()
    const [shop, other] = [apiKeysIn(world, 'shop'), apiKeysIn(world, 'other')]
    await other.declare('api')
    await shop.declare('api')
    await shop.ready('api')
    expect(await world.service.verify(await shop.token('api'))).toMatchObject({ valid: true })
    expect(await other.secret('api')).toBeUndefined()
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
    const shop = apiKeysIn(world, 'shop')
    const withoutFinalizer = ['--type=merge', '-p', '{"metadata":{"finalizers":null}}']
    await until('the policy acts no more', async () => {
      await shop.declare('probe')
      const probe = await shop.read('probe')
      await world.cluster.kubectl('patch', 'apikey', '-n', 'shop', 'probe', ...withoutFinalizer)
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
    await shop.declare('api')
    await shop.ready('api')
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
