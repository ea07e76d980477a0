/** A Kubernetes object as it is applied: what Latchkey installs into a cluster is a list of these. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: {
    readonly name: string
    readonly namespace?: string
    readonly labels?: Readonly<Record<string, string>>
  }
  readonly [field: string]: unknown
}

/** On everything that Latchkey installs, so that it can be found and taken away again. */
export const partOfLatchkey = { 'app.kubernetes.io/part-of': 'latchkey' } as const
