// `npm start` from the first start to the last: one folder, one test after the other, each continuing where the one before
// has ended.

import { execFile } from 'node:child_process'
import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { ensureControlPlane, startControlPlane } from '@latchkey/controlplane'
import { startKeyService } from '@latchkey/keyservice'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Command, processesIn, startCommand } from './command.ts'
import { until } from './until.ts'

const ready = 'What happens from now on'

let folder: string
let running: Command | undefined
beforeAll(async () => {
  // Minutes on a machine that has to build one, and none of them the command's.
  await ensureControlPlane()
  folder = await realpath(await mkdtemp(join(tmpdir(), "latchkey start's ")))
})
afterAll(async () => {
  running?.kill('SIGTERM')
  await running?.ended
  await rm(folder, { recursive: true, force: true })
})

/** Runs words of a shell that has sourced the environment, in another folder and without any program on its PATH. */
async function shell(script: string): Promise<string> {
  const { stdout } = await promisify(execFile)('/bin/sh', ['-euc', `. "$FILE"; ${script}`], {
    cwd: '/',
    env: { FILE: join(folder, '.latchkey/env'), PATH: '/nonexistent' },
  })
  return stdout.trim()
}

async function tokenOf(secret: string): Promise<string> {
  const path = "-o jsonpath='{.data.token}'"
  const data = await shell(`kubectl -n latchkey-demo get secret ${secret} ${path}`)
  return Buffer.from(data, 'base64').toString()
}

async function verdict(token: string): Promise<unknown> {
  const [endpoint, admin] = (
    await shell('echo "$LATCHKEY_ENDPOINT"; echo "$LATCHKEY_TOKEN"')
  ).split('\n')
  const answer = await fetch(`${endpoint}/verify`, {
    method: 'POST',
    headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
    body: JSON.stringify({ token }),
  })
  return answer.json()
}

async function stop(signal: NodeJS.Signals): Promise<number | null | undefined> {
  running?.kill(signal)
  return running?.ended
}

describe('npm start', () => {
  let token: string

  it('makes a whole Latchkey, and a shell that sources .latchkey/env can use it', async () => {
    running = startCommand(folder)
    await running.prints(ready)
    expect(running.output()).toMatch(/latchkey-demo\/analytics +Ready +lk_\S+ +never/)
    token = await tokenOf('analytics')
    expect(await verdict(token)).toMatchObject({ valid: true, scopes: ['readApplications'] })
  })

  it('runs the operator with its own rights and a credential that is not the administrator’s', async () => {
    const holder = '-n latchkey-system get lease latchkey-operator -o name'
    expect(await shell(`kubectl ${holder}`)).not.toBe('')
    const managers = await shell(
      "kubectl -n latchkey-demo get apikey analytics -o jsonpath='{.status.current.keyId}'",
    )
    expect(managers).not.toBe('')
    const data = await shell(
      "kubectl -n latchkey-demo get secret latchkey-credential -o jsonpath='{.data.token}'",
    )
    const credential = Buffer.from(data, 'base64').toString()
    expect(credential).not.toBe(await shell('echo "$LATCHKEY_TOKEN"'))
    expect(await verdict(credential)).toMatchObject({
      valid: true,
      scopes: expect.not.arrayContaining(['manageAccount', 'chooseToken']),
    })
  })

  it('prints what happens, and no token', async () => {
    const scopes = '{"spec":{"scopes":["readApplications","readMerchants"]}}'
    await shell(`kubectl -n latchkey-demo patch apikey analytics --type merge -p '${scopes}'`)
    await running?.prints(/latchkey-demo\/analytics +Updated/)
    await until('the token has the new scope', async () => {
      const { scopes } = (await verdict(token)) as { readonly scopes: readonly string[] }
      return scopes.includes('readMerchants')
    })
    expect(running?.output()).not.toContain(token)
    expect(running?.output()).not.toContain(await shell('echo "$LATCHKEY_TOKEN"'))
  })

  it('keeps everything in .latchkey/ for its owner alone', async () => {
    expect(await readdir(folder)).toEqual(['.latchkey'])
    const entries = await readdir(folder, { recursive: true, withFileTypes: true })
    const open: string[] = []
    for (const entry of entries.filter((entry) => !entry.isSymbolicLink())) {
      const path = join(entry.parentPath, entry.name)
      // Files come and go while it runs.
      const mode = await stat(path).then(
        (found) => found.mode,
        () => 0,
      )
      if ((mode & 0o077) !== 0) open.push(path)
    }
    expect(open).toEqual([])
  })

  it('refuses to run twice in one folder, and says what to do', async () => {
    const second = startCommand(folder)
    expect(await second.ended).toBe(1)
    expect(second.output()).toMatch(/runs in .* already \(process \d+\)\. Stop it with Ctrl-C/)
  })

  it('ends with Ctrl-C and leaves no process behind', async () => {
    expect(await processesIn(folder)).not.toEqual([])
    expect(await stop('SIGINT')).toBe(0)
    expect(await processesIn(folder)).toEqual([])
  })

  it('keeps every key when it starts again, and leaves nothing running when it is killed', async () => {
    running = startCommand(folder)
    await running.prints(ready)
    expect(await tokenOf('analytics')).toBe(token)
    expect(await verdict(token)).toMatchObject({ valid: true })
    const scopes = '{"spec":{"scopes":["readApplications","no:such-scope"]}}'
    await shell(`kubectl -n latchkey-demo patch apikey analytics --type merge -p '${scopes}'`)
    await shell('kubectl -n latchkey-demo wait apikey analytics --for=condition=Stalled')
    await stop('SIGKILL')
    await until('no process is left', async () => (await processesIn(folder)).length === 0)
  })

  it('shows an example that somebody broke with its reason, and goes on', async () => {
    running = startCommand(folder)
    await running.prints(ready)
    expect(running.output()).toMatch(/latchkey-demo\/analytics +ScopeNotGranted/)
    expect(running.output()).toMatch(/! latchkey-demo\/analytics: .*no:such-scope/)
    const scopes = '[{"op":"remove","path":"/spec/scopes/1"}]'
    await shell(`kubectl -n latchkey-demo patch apikey analytics --type json -p '${scopes}'`)
    await running.prints(/latchkey-demo\/analytics +Ready/)
    await stop('SIGINT')
  })

  it('uninstalls: the keys are revoked and the cluster is as it was', async () => {
    running = startCommand(folder, '--uninstall')
    expect(await running.ended).toBe(0)
    expect(running.output()).toMatch(/4 ApiKeys revoked/)
    expect(await processesIn(folder)).toEqual([])
    expect(await remains()).toBe('')
    expect(await verdictOf(token)).toMatchObject({ valid: false })
  })

  it('says so when there is nothing to uninstall', async () => {
    running = startCommand(folder, '--uninstall')
    expect(await running.ended).toBe(0)
    expect(running.output()).toMatch(/There is nothing of Latchkey in this cluster/)
  })

  it('forgets everything with --fresh', async () => {
    running = startCommand(folder, '--fresh')
    await running.prints(ready)
    expect(await verdict(token)).toMatchObject({ valid: false })
    expect(await stop('SIGTERM')).toBe(0)
  })
})

/** Everything in the cluster that speaks of us, read from its data after the command has ended. */
async function remains(): Promise<string> {
  const { binDir } = await ensureControlPlane()
  await using controlPlane = await startControlPlane({
    dataDir: join(folder, '.latchkey/controlplane'),
    binDir,
  })
  const kinds = [
    ...['crd', 'ns', 'clusterrole', 'clusterrolebinding', 'role', 'rolebinding', 'secret'],
    ...['validatingadmissionpolicy', 'validatingadmissionpolicybinding'],
    ...['mutatingadmissionpolicy', 'mutatingadmissionpolicybinding'],
  ]
  const args = ['get', kinds.join(','), '-A', '-o', 'name', '--ignore-not-found']
  const { stdout } = await promisify(execFile)(controlPlane.kubectlPath, args, {
    env: { ...process.env, KUBECONFIG: controlPlane.kubeconfigPath },
  })
  return stdout
    .split('\n')
    .filter((line) => line.includes('latchkey'))
    .join('\n')
}

/** Asks the key service for its verdict when the command does not run. */
async function verdictOf(token: string): Promise<unknown> {
  const dataFolder = join(folder, '.latchkey/keyservice')
  const service = await startKeyService({ dataFolder, port: 0, logLevel: 'silent' })
  try {
    const admin = await shell('echo "$LATCHKEY_TOKEN"')
    const answer = await fetch(`${service.url}/verify`, {
      method: 'POST',
      headers: { authorization: `Bearer ${admin}`, 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    })
    return await answer.json()
  } finally {
    await service.stop()
  }
}
