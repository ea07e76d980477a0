/** What the TLS handshake needs; passed to `tls.connect` as it is. PEM texts. */
export type TlsMaterial = {
  readonly ca?: string
  readonly cert?: string
  readonly key?: string
  readonly rejectUnauthorized?: boolean
  readonly servername?: string
}

/** A cluster and the right to talk to it, wherever they come from (kubeconfig, in-cluster, a test). */
export type ClusterAccess = {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string
  /** The context's own namespace, if it names one. */
  readonly namespace?: string
  /** The certificates as they are now. The same object as long as nothing has changed. */
  readonly tls: () => Promise<TlsMaterial>
  /**
   * Headers of every request, as a flat list of names and values. A promise only while they must be fetched. Never
   * log them.
   */
  readonly headers: () => readonly string[] | Promise<readonly string[]>
  /**
   * After a 401 with these headers: forgets them, unless they have been replaced already. True if another try may have
   * other credentials.
   */
  readonly refresh: (refused: readonly string[]) => boolean
}
