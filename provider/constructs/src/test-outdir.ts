import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll } from 'vitest'

/** Where the apps of a test file may write; without it, each would leave a folder of its own behind. */
export const outdir = mkdtempSync(join(tmpdir(), 'latchkey-cdktf-'))
afterAll(() => rmSync(outdir, { recursive: true }))
