/** A kubeconfig, or what it refers to, cannot be used. The message names the place and never the content. */
export class KubeconfigError extends Error {
  override readonly name = 'KubeconfigError'
}
