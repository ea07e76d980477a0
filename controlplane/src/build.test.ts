import { mkdir, mkdtempDisposable, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { beforeEach, expect, test } from 'vitest'
import { buildControlPlane, isGoRecent } from './build.ts'
import { programs, programsIn } from './programs.ts'
import type { Progress } from './progress.ts'
import { kubernetesVersion } from './versions.ts'

let folder: string
let into: string

beforeEach(async () => {
  const temporary = await mkdtempDisposable(join(tmpdir(), 'controlplane-'))
  folder = temporary.path
  into = join(folder, 'into')
  await mkdir(into)
  return temporary.remove
})

/** Stands in for Go: says its version, lists two packages, and builds a file. */
const working = `
case "$1" in
  env) echo go1.26.8 ;;
  list) echo 'go: downloading example.com/a v1.0.0' >&2; echo example.com/a; echo controlplane ;;
  build)
    echo "$@ GOOS=$GOOS" > ${'"$ARGS"'}
    echo example.com/a >&2; echo controlplane >&2
    while [ "$1" != -o ]; do shift; done
    printf '#!/bin/sh\\n' > "$2"; chmod +x "$2" ;;
esac`

async function build(go: string, onProgress: (progress: Progress) => void = () => undefined) {
  await writeFile(join(folder, 'go'), `#!/bin/sh\n${go}\n`, { mode: 0o755 })
  const path = `${folder}${delimiter}${process.env.PATH}`
  const env = { PATH: path, ARGS: join(folder, 'args'), GOOS: 'plan9' }
  await buildControlPlane({ into, env, onProgress })
}

test('a build gives every program as a link to one file', async () => {
  await build(working)

  expect(await programsIn(into)).toEqual(programs)
})

test('the server is told its version, without which it would call itself v0.0.0', async () => {
  await build(working)

  expect(await readFile(join(folder, 'args'), 'utf8')).toContain(`gitVersion=${kubernetesVersion}`)
})

test('a build is for this machine, whatever the environment asks of Go', async () => {
  await build(working)

  expect(await readFile(join(folder, 'args'), 'utf8')).toMatch(/ GOOS=\n$/)
})

test('progress counts the packages that are compiled, and the linking', async () => {
  const seen: Progress[] = []

  await build(working, (progress) => seen.push(progress))

  const building = seen.filter(({ text }) => !text.startsWith('Fetching'))
  expect(building.map(({ done, total }) => `${done}/${total}`)).toEqual([
    '0/3',
    '1/3',
    '2/3',
    '3/3',
  ])
  expect(seen[0]).toMatchObject({ done: 1, text: 'Fetching Go modules' })
})

test('a machine without Go is told to install it', async () => {
  const options = { into, env: { PATH: join(folder, 'empty') }, onProgress: () => undefined }

  await expect(buildControlPlane(options)).rejects.toThrow(
    /Go cannot be run .*install Go 1\.26 or newer from https:\/\/go\.dev\/dl\//,
  )
})

test('a Go that is too old is named', async () => {
  await expect(build('echo go1.22.4')).rejects.toThrow('go1.22.4 is too old: install Go 1.26')
})

test('a build that fails repeats what the compiler said', async () => {
  const failing = working.replace('list)', 'list) echo "no network" >&2; exit 1 ;; never)')

  await expect(build(failing)).rejects.toThrow('go list failed:\nno network')
})

test.for([
  ['go1.26.0', true],
  ['go1.27rc1', true],
  ['go2.0', true],
  ['go1.25.9', false],
  ['go1.9', false],
  ['devel', false],
] as const)('%s is recent enough: %s', ([version, expected]) => {
  expect(isGoRecent(version)).toBe(expected)
})
