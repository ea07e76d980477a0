/** The Kubernetes release that is downloaded or built; the same as in `go/go.mod` (a test compares them). */
export const kubernetesVersion = 'v1.36.3'

/** The etcd release that this Kubernetes release asks for. */
export const etcdVersion = 'v3.6.8'

/** The oldest Go that compiles this Kubernetes release. */
export const oldestGo = '1.26'
