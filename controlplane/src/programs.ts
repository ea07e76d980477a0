import { access, constants } from 'node:fs/promises'
import { join } from 'node:path'

/** The programs of a control plane, by the names under which Kubernetes ships them. */
export const programs = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kubectl',
] as const

export type Program = (typeof programs)[number]

/** Without these there is no control plane; without the others a smaller one (nothing collects garbage, pods find no node). */
const requiredPrograms = ['etcd', 'kube-apiserver', 'kubectl'] as const satisfies Program[]

/** Which programs the folder holds as executable files. A folder that does not exist holds none. */
export async function programsIn(binDir: string): Promise<readonly Program[]> {
  const present = await Promise.all(
    programs.map((program) =>
      access(join(binDir, program), constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  )
  return programs.filter((_, index) => present[index])
}

/** The required programs that are missing from the list: empty means that a control plane can be started. */
export function missingPrograms(present: readonly Program[]): readonly Program[] {
  return requiredPrograms.filter((program) => !present.includes(program))
}
