/** What is served: for metrics, and for who asks with a method that a path does not have. */
export interface KnownRoutes {
  /** The path as it was written down, such as `/apikeys/{id}`; undefined for one that is not served. */
  readonly patternOf: (path: string) => string | undefined
  /** The methods of a path, none for one that is not served. */
  readonly methodsOf: (path: string) => readonly string[]
}

/** Reads them from the router. What it runs before every route has no method of its own and is left out. */
export function knownRoutes(
  routes: readonly { readonly method: string; readonly path: string }[],
): KnownRoutes {
  const served = routes
    .filter(({ method }) => method !== 'ALL')
    .map(({ method, path }) => ({
      method: method.toUpperCase(),
      pattern: path.replaceAll(/:(\w+)(\{[^}]*\})?/g, '{$1}'),
      fits: new RegExp(`^${path.replaceAll(/:\w+(\{[^}]*\})?/g, '[^/]+')}$`),
    }))
  const fitting = (path: string) => served.filter(({ fits }) => fits.test(path))
  return {
    // A path without a parameter counts more than one that has it where both fit.
    patternOf: (path) => {
      const patterns = fitting(path).map(({ pattern }) => pattern)
      return patterns.includes(path) ? path : patterns[0]
    },
    methodsOf: (path) => {
      const methods = new Set(fitting(path).map(({ method }) => method))
      return [...methods].flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method]))
    },
  }
}
