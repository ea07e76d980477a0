import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { envFile } from './env-file.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "latchkey it's $HOME "))
  mkdirSync(join(folder, 'bin'))
  writeFileSync(join(folder, 'bin', 'kubectl'), '#!/bin/sh\necho ours\n', { mode: 0o700 })
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Sources the file with `sh` from another folder, under the strictest settings. */
function source(script: string, path = '/usr/bin:/bin'): string {
  const file = join(folder, 'env')
  const text = envFile({
    kubeconfig: join(folder, 'kubeconfig'),
    endpoint: 'http://127.0.0.1:8085',
    token: 'lk_$(touch nothing)`x`"\\',
    bin: join(folder, 'bin'),
  })
  writeFileSync(file, text)
  return execFileSync('/bin/sh', ['-euc', `. "$FILE"; ${script}`], {
    cwd: '/',
    env: { FILE: file, PATH: path },
    encoding: 'utf8',
  })
}

describe('.latchkey/env', () => {
  it('gives a shell the exact words, whatever characters they have', () => {
    const variables = '"$KUBECONFIG" "$LATCHKEY_ENDPOINT" "$LATCHKEY_TOKEN"'
    expect(source(`printf '%s\\n' ${variables}`)).toBe(
      `${join(folder, 'kubeconfig')}\nhttp://127.0.0.1:8085\nlk_$(touch nothing)\`x\`"\\\n`,
    )
  })

  it('exports them to the programs that the shell starts', () => {
    expect(source('env')).toMatch(/^LATCHKEY_ENDPOINT=http:\/\/127\.0\.0\.1:8085$/m)
  })

  it('puts a kubectl on a PATH without one, once', () => {
    const empty = join(folder, 'empty')
    mkdirSync(empty, { recursive: true })
    expect(source('. "$FILE"; kubectl; echo "$PATH"', empty)).toBe(
      `ours\n${join(folder, 'bin')}:${empty}\n`,
    )
  })

  it("leaves a person's own kubectl alone", () => {
    const own = join(folder, 'own')
    mkdirSync(own, { recursive: true })
    symlinkSync('/bin/true', join(own, 'kubectl'))
    expect(source('echo "$PATH"', own)).toBe(`${own}\n`)
  })
})
