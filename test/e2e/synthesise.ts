import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A Kubernetes object as `kubernetes_manifest` delivers it. */
export interface DeliveredObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec?: object
}

const example = join(import.meta.dirname, '../../examples/cdktf/main.ts')

/** Runs the CDKTF example as a person does, and gives the objects that Terraform would deliver, by name of their kind. */
export async function synthesiseExample(): Promise<Readonly<Record<string, DeliveredObject>>> {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-cdktf-'))
  try {
    await promisify(execFile)(process.execPath, [example], { cwd: folder })
    const path = join(folder, 'cdktf.out/stacks/latchkey-demo/cdk.tf.json')
    const { resource } = JSON.parse(await readFile(path, 'utf8'))
    const resources = Object.values<{ readonly manifest: DeliveredObject }>(
      resource.kubernetes_manifest,
    )
    return Object.fromEntries(resources.map(({ manifest }) => [manifest.kind, manifest]))
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
