import { describe, expect, test } from 'vitest'
import { createExecSource, type ExecEntry } from './exec-credential.ts'
import { createFakeClock } from './fake-clock.ts'

const exec: ExecEntry = {
  command: 'get-token',
  apiVersion: 'client.authentication.k8s.io/v1',
  args: [],
  env: {},
  installHint: 'install get-token',
  wantsCluster: false,
}
const cluster = async () => ({ server: 'https://one' })

function create(lifeMilliseconds?: number) {
  const clock = createFakeClock()
  const state = { runs: 0, fails: false }
  const source = createExecSource({
    exec,
    where: 'user "u"',
    cluster,
    clock,
    run: async () => {
      state.runs += 1
      if (state.fails) throw new Error('no network')
      const end = lifeMilliseconds && new Date(clock.now() + lifeMilliseconds).toISOString()
      return JSON.stringify({ status: { token: `t${state.runs}`, expirationTimestamp: end } })
    },
  })
  const token = async () => (await source.current()).token
  return { clock, source, state, token }
}

describe('a credential plug-in', () => {
  test('runs once for all who ask at the same time', async () => {
    const { token, state } = create(3_600_000)
    expect(await Promise.all([token(), token(), token()])).toEqual(['t1', 't1', 't1'])
    expect(state.runs).toBe(1)
  })

  test('runs again a minute before its credential expires', async () => {
    const { token, clock } = create(3_600_000)
    await token()
    await clock.advance(3_539_999)
    expect(await token()).toBe('t1')
    await clock.advance(1)
    expect(await token()).toBe('t2')
  })

  test('does not run for every call though its credentials live shorter than a minute', async () => {
    const { token, clock, state } = create(20_000)
    await token()
    await clock.advance(9_000)
    await token()
    expect(state.runs).toBe(1)
    await clock.advance(2_000)
    await token()
    expect(state.runs).toBe(2)
  })

  test('runs again after a refusal, but not over and over', async () => {
    const { token, source, clock } = create()
    await token()
    expect(source.renew()).toBe(false)
    await clock.advance(10_000)
    expect(source.renew()).toBe(true)
    expect(await token()).toBe('t2')
    expect(source.renew()).toBe(false)
  })

  test('that fails leaves its last credential in use as long as it lives', async () => {
    const { token, state, clock } = create(3_600_000)
    await token()
    state.fails = true
    await clock.advance(3_590_000)
    expect(await token()).toBe('t1')
    expect(await token()).toBe('t1')
    expect(state.runs).toBe(2)
    await clock.advance(20_000)
    await expect(token()).rejects.toThrow(
      'user "u": the credential plug-in get-token failed: no network; install get-token',
    )
    state.fails = false
    expect(await token()).toBe('t4')
  })

  test('is a program that gets its environment and is told what is expected', async () => {
    const script =
      'const i=JSON.parse(process.env.KUBERNETES_EXEC_INFO);console.log(JSON.stringify({status:{token:i.kind+process.env.X}}))'
    const entry = { ...exec, command: process.execPath, args: ['-e', script], env: { X: '!' } }
    const source = createExecSource({
      exec: entry,
      where: 'u',
      cluster,
      clock: createFakeClock(),
    })
    expect(await source.current()).toMatchObject({ token: 'ExecCredential!' })
  })

  test('is told about the cluster where it wants to be', async () => {
    let told: unknown
    const source = createExecSource({
      exec: { ...exec, wantsCluster: true },
      where: 'u',
      cluster,
      clock: createFakeClock(),
      run: async (_exec, env) => {
        told = JSON.parse(env.KUBERNETES_EXEC_INFO ?? '')
        return '{"status":{"token":"t"}}'
      },
    })
    await source.current()
    expect(told).toMatchObject({ spec: { cluster: { server: 'https://one' } } })
  })

  test('shows its complaint and never its output or arguments', async () => {
    const script = 'console.log("hunter2");console.error("log in first");process.exit(3)'
    const entry = { ...exec, command: process.execPath, args: ['-e', script] }
    const source = createExecSource({
      exec: entry,
      where: 'u',
      cluster,
      clock: createFakeClock(),
    })
    const error: unknown = await Promise.resolve(source.current()).catch(
      (reason: unknown) => reason,
    )
    expect(String(error)).toContain('3 log in first')
    expect(String(error)).not.toContain('hunter2')
  })

  test('that prints no credential is told so', async () => {
    for (const output of ['nonsense', 'null', '{}', '{"status":{}}']) {
      const source = createExecSource({
        exec,
        where: 'u',
        cluster,
        clock: createFakeClock(),
        run: async () => output,
      })
      await expect(source.current()).rejects.toThrow(/its output is not JSON|neither a token nor/)
    }
  })
})
