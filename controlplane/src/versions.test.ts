import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { goFolder } from './cache-folder.ts'
import { etcdVersion, kubernetesVersion, oldestGo } from './versions.ts'

test('a download and a build give the same versions', async () => {
  const goMod = await readFile(join(goFolder, 'go.mod'), 'utf8')

  expect(goMod).toContain(`\tk8s.io/kubernetes ${kubernetesVersion}\n`)
  expect(goMod).toContain(`\tgo.etcd.io/etcd/server/v3 ${etcdVersion}\n`)
  expect(goMod).toContain(`\ngo ${oldestGo}.`)
})
