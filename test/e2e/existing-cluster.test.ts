// `npm start -- --kubeconfig FILE`: a cluster of somebody else's is looked at first, asked about, and left clean.

import { mkdtemp, realpath, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestCluster, type TestCluster } from './cluster.ts'
import { processesIn, startCommand } from './command.ts'

let cluster: TestCluster
let folder: string
beforeAll(async () => {
  cluster = await startTestCluster({ install: 'nothing' })
  folder = await realpath(await mkdtemp(join(tmpdir(), 'latchkey-existing-')))
})
afterAll(async () => {
  await cluster?.stop()
  await rm(folder, { recursive: true, force: true })
})

const start = (...options: readonly string[]) =>
  startCommand(folder, '--kubeconfig', cluster.kubeconfigPath, ...options)

/** Every object of the kinds that we install whose name or namespace speaks of us. */
async function ours(): Promise<readonly string[]> {
  const kinds = 'crd,ns,clusterrole,clusterrolebinding,mutatingadmissionpolicy'
  const policies = 'mutatingadmissionpolicybinding,validatingadmissionpolicy'
  const names = await cluster.kubectl('get', `${kinds},${policies}`, '-o', 'name')
  return names.split('\n').filter((line) => line.includes('latchkey'))
}

async function tokenOf(name: string): Promise<string> {
  const path = ['-o', 'jsonpath={.data.token}']
  return cluster.kubectl('-n', 'latchkey-demo', 'get', 'secret', name, ...path)
}

describe('npm start -- --kubeconfig', () => {
  it('changes nothing of others without a yes', async () => {
    await cluster.kubectl('create', 'namespace', 'latchkey-demo')
    const command = start()
    expect(await command.ended).toBe(1)
    expect(command.output()).toMatch(/not ours.*\n {2}Namespace latchkey-demo\n/)
    expect(command.output()).toMatch(/add --yes/)
    expect(await ours()).toEqual(['namespace/latchkey-demo'])
  })

  it('installs with a yes, and needs no second one for what is its own', async () => {
    for (const options of [['--yes'], ['--yes']]) {
      const command = start(...options)
      await command.prints('What happens from now on')
      expect(command.output()).toMatch(
        /Will be installed: 3 CustomResourceDefinitions, 1 Namespace/,
      )
      command.kill('SIGINT')
      expect(await command.ended).toBe(0)
    }
    expect(await processesIn(folder)).toEqual([])
    expect(await tokenOf('analytics')).not.toBe('')
  })

  it('does not let keys go under an operator that runs elsewhere and would revoke them', async () => {
    const lease = (holderIdentity: string) => ({
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: { name: 'latchkey-operator', namespace: 'latchkey-system' },
      spec: {
        holderIdentity,
        leaseDurationSeconds: 15,
        renewTime: new Date().toISOString().replace('Z', '000Z'),
      },
    })
    await cluster.apply([lease('in-the-cluster')])
    const command = start('--uninstall', '--keep')
    expect(await command.ended).toBe(1)
    expect(command.output()).toMatch(/An operator runs in this cluster \(in-the-cluster\)/)
    await cluster.apply([lease('')])
  })

  it('leaves keys and Secrets working with --uninstall --keep, and a namespace of others in place', async () => {
    const token = await tokenOf('analytics')
    const command = start('--uninstall', '--keep')
    expect(await command.ended).toBe(0)
    expect(command.output()).toMatch(/4 ApiKeys let go; 4 Secrets and their keys stay/)
    expect(await ours()).toEqual(['namespace/latchkey-demo'])
    expect(await tokenOf('analytics')).toBe(token)
    const path = 'jsonpath={.metadata.ownerReferences}{.metadata.finalizers}'
    expect(
      await cluster.kubectl('-n', 'latchkey-demo', 'get', 'secret', 'analytics', '-o', path),
    ).toBe('')
  })

  it('revokes the ApiKeys of others only after a yes', async () => {
    await cluster.kubectl('delete', 'namespace', 'latchkey-demo')
    const first = start()
    await first.prints('What happens from now on')
    await cluster.apply([
      {
        apiVersion: 'latchkey.dev/v1alpha1',
        kind: 'ApiKey',
        metadata: { name: 'theirs', namespace: 'latchkey-demo' },
        spec: {},
      },
    ])
    await first.prints(/latchkey-demo\/theirs +Ready/)
    first.kill('SIGINT')
    await first.ended
    const refused = start('--uninstall')
    expect(await refused.ended).toBe(1)
    expect(refused.output()).toMatch(
      /ApiKeys of others will be revoked.*\n {2}ApiKey latchkey-demo/,
    )
    const agreed = start('--uninstall', '--yes')
    expect(await agreed.ended).toBe(0)
    expect(agreed.output()).toMatch(/5 ApiKeys revoked/)
    expect(await ours()).toEqual([])
  })
})
