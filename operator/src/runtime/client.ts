// The verbs of the Kubernetes API over a transport. Objects are plain JSON: no models, no dates, no defaults, so that what
// the server sent is what callers see and the cost of a call is one JSON.parse.

import { apiErrorOf, unreadableAnswer } from './api-error.ts'
import type { Clock } from './clock.ts'
import { InFlightWindow } from './in-flight-window.ts'
import { headOfMetadata } from './metadata-head.ts'
import type { RuntimeMetrics } from './metrics.ts'
import {
  collectionPath,
  type KubeObject,
  type ObjectName,
  objectPath,
  type Resource,
} from './resource.ts'
import type { Transport, TransportRequest, TransportResponse } from './transport.ts'

/** How a read narrows down and what it carries. */
export type ReadOptions = {
  /** Asks for `PartialObjectMetadata`: the answer holds metadata alone, whatever the object contains. */
  readonly metadataOnly?: boolean
  readonly signal?: AbortSignal
}

/** Which objects of a collection. Without a namespace: all namespaces. */
export type ListOptions = ReadOptions & {
  readonly namespace?: string | undefined
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /** Objects per page; 500 unless told. */
  readonly limit?: number
}

/** One page of a collection, a snapshot at `resourceVersion`. */
export type ListPage<T> = {
  readonly items: readonly T[]
  readonly resourceVersion: string
  /** Asks for the next page; undefined on the last. Expires (410) after some minutes. */
  readonly continueToken: string | undefined
}

/** What every write understands. */
export type WriteOptions = ReadOptions & {
  /** Everything but the storing: validation, admission, quota. */
  readonly dryRun?: boolean
  readonly fieldManager?: string
  readonly fieldValidation?: 'Strict' | 'Warn' | 'Ignore'
  /** For who needs no more of the answer than which version it is now: the `MetadataHead` is all that may be read of it. */
  readonly versionOnly?: boolean
}

/** A write to an object, or to a part of it that is written apart (`status`). */
export type SubresourceOptions = WriteOptions & { readonly subresource?: 'status' | 'scale' }

/** One step of an RFC 6902 patch. */
export type JsonPatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: string; readonly value: unknown }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'move' | 'copy'; readonly path: string; readonly from: string }

/** How an object goes away. */
export type DeleteOptions = {
  /** Only this incarnation; a Conflict otherwise. */
  readonly uid?: string
  /** Only this version; a Conflict otherwise. */
  readonly resourceVersion?: string
  readonly propagation?: 'Background' | 'Foreground' | 'Orphan'
  readonly dryRun?: boolean
  readonly signal?: AbortSignal
}

/** What a watch asks for besides the collection. */
export type WatchOptions = Omit<ListOptions, 'limit'> & {
  readonly query: Readonly<Record<string, string>>
}

/**
 * The API server's verbs. Every method rejects with an `ApiError`; look at its `outcome` before repeating a write. Nothing
 * is repeated here: a GET is as cheap to repeat for the caller, and a write must not be repeated blindly.
 */
export type KubeClient = {
  readonly get: <T = KubeObject>(
    resource: Resource,
    name: ObjectName,
    options?: ReadOptions,
  ) => Promise<T>
  /** One page. The items of built-in kinds lack `apiVersion` and `kind`, as the server sends them. */
  readonly listPage: <T = KubeObject>(
    resource: Resource,
    options?: ListOptions & { readonly continueToken?: string | undefined },
  ) => Promise<ListPage<T>>
  /** All objects, page by page; rejects (410) when it takes longer than the server keeps the snapshot. */
  readonly list: <T = KubeObject>(
    resource: Resource,
    options?: ListOptions,
  ) => AsyncGenerator<T, void>
  /** Rejects with AlreadyExists if the name is taken. */
  readonly create: <T = KubeObject>(
    resource: Resource,
    object: KubeObject,
    options?: WriteOptions,
  ) => Promise<T>
  /** PUT; guarded by `metadata.resourceVersion` where the object carries one (Conflict). */
  readonly replace: <T = KubeObject>(
    resource: Resource,
    object: KubeObject,
    options?: SubresourceOptions,
  ) => Promise<T>
  /** RFC 7386; with `resourceVersion` it applies to that version alone (Conflict). */
  readonly mergePatch: <T = KubeObject>(
    resource: Resource,
    name: ObjectName,
    patch: object,
    options?: SubresourceOptions & { readonly resourceVersion?: string },
  ) => Promise<T>
  /** RFC 6902; a failed `test` is Invalid. */
  readonly jsonPatch: <T = KubeObject>(
    resource: Resource,
    name: ObjectName,
    operations: readonly JsonPatchOperation[],
    options?: SubresourceOptions,
  ) => Promise<T>
  /** Fields of other managers are a Conflict unless forced. The object must carry `apiVersion` and `kind`. */
  readonly serverSideApply: <T = KubeObject>(
    resource: Resource,
    object: KubeObject,
    options: SubresourceOptions & { readonly fieldManager: string; readonly force?: boolean },
  ) => Promise<T>
  /** Resolves when the server has accepted it; finalizers may keep the object for longer. */
  readonly delete: (resource: Resource, name: ObjectName, options?: DeleteOptions) => Promise<void>
  /** Opens a watch and resolves when it has ended; for the informer. */
  readonly watch: (
    resource: Resource,
    options: WatchOptions,
    onData: (chunk: Buffer) => void,
  ) => Promise<void>
}

/** A client; give the one for Leases `{ ...transport, send: transport.sendLease }`. */
export function createKubeClient(parts: {
  readonly transport: Pick<Transport, 'host' | 'send' | 'stream'>
  readonly clock: Clock
  readonly metrics?: RuntimeMetrics
  readonly window?: InFlightWindow
}): KubeClient {
  const { transport, metrics } = parts
  const window = parts.window ?? new InFlightWindow({ clock: parts.clock })

  const exchange = async (
    request: TransportRequest,
    answer: Promise<TransportResponse>,
  ): Promise<TransportResponse> => {
    let response: TransportResponse
    try {
      response = await answer
    } catch (error) {
      metrics?.countRequest('<error>', request.method, transport.host)
      throw error
    }
    metrics?.countRequest(response.status, request.method, transport.host)
    return response
  }

  const call = async (request: TransportRequest): Promise<TransportResponse> => {
    const permit = window.enter()
    if (permit !== undefined) await permit
    let refusedForSeconds: number | undefined
    try {
      const response = await exchange(request, transport.send(request))
      if (isSuccess(response)) return response
      const error = apiErrorOf(request, response)
      if (error.status === 429) refusedForSeconds = error.retryAfterSeconds ?? 1
      throw error
    } finally {
      if (refusedForSeconds === undefined) window.leave()
      else window.refused(refusedForSeconds)
    }
  }

  const write = async <T>(
    method: 'POST' | 'PUT' | 'PATCH',
    path: string,
    contentType: string,
    body: unknown,
    options: WriteOptions | undefined,
    query: Record<string, string> = {},
  ): Promise<T> => {
    if (options?.dryRun) query.dryRun = 'All'
    if (options?.fieldManager !== undefined) query.fieldManager = options.fieldManager
    if (options?.fieldValidation !== undefined) query.fieldValidation = options.fieldValidation
    const accept = options?.metadataOnly || options?.versionOnly ? METADATA : JSON_TYPE
    const headers = { accept, 'content-type': contentType }
    const text = JSON.stringify(body)
    const request = { method, path, query, headers, body: text, signal: options?.signal }
    const response = await call(request)
    const metadata = options?.versionOnly ? headOfMetadata(response.body) : undefined
    return metadata === undefined ? parseBody<T>(request, response) : ({ metadata } as T)
  }

  const listPage: KubeClient['listPage'] = async <T>(
    resource: Resource,
    options: ListOptions & { readonly continueToken?: string | undefined } = {},
  ) => {
    const query: Record<string, string> = {
      limit: String(options.limit ?? 500),
      ...selectors(options),
    }
    if (options.continueToken !== undefined) query.continue = options.continueToken
    const request = {
      method: 'GET',
      path: collectionPath(resource, options.namespace),
      query,
      headers: options.metadataOnly ? ACCEPT_METADATA_LIST : ACCEPT_JSON,
      signal: options.signal,
    } as const
    const page = parseBody<{
      readonly metadata?: { readonly resourceVersion?: string; readonly continue?: string }
      readonly items?: readonly T[] | null
    }>(request, await call(request))
    return {
      items: page.items ?? [],
      resourceVersion: page.metadata?.resourceVersion ?? '',
      continueToken: page.metadata?.continue || undefined,
    }
  }

  return {
    get: async <T>(resource: Resource, name: ObjectName, options?: ReadOptions) => {
      const request = {
        method: 'GET',
        path: objectPath(resource, name),
        headers: options?.metadataOnly ? ACCEPT_METADATA : ACCEPT_JSON,
        signal: options?.signal,
      } as const
      return parseBody<T>(request, await call(request))
    },
    listPage,
    list: async function* list<T>(resource: Resource, options: ListOptions = {}) {
      let continueToken: string | undefined
      do {
        const page: ListPage<T> = await listPage<T>(resource, { ...options, continueToken })
        yield* page.items
        continueToken = page.continueToken
      } while (continueToken !== undefined)
    },
    create: (resource, object, options) =>
      write(
        'POST',
        collectionPath(resource, object.metadata.namespace),
        JSON_TYPE,
        object,
        options,
      ),
    replace: (resource, object, options) => {
      const path = objectPath(resource, nameOf(object), options?.subresource)
      return write('PUT', path, JSON_TYPE, object, options)
    },
    mergePatch: (resource, name, patch, options) => {
      const path = objectPath(resource, name, options?.subresource)
      const body =
        options?.resourceVersion === undefined ? patch : guarded(patch, options.resourceVersion)
      return write('PATCH', path, MERGE_PATCH, body, options)
    },
    jsonPatch: (resource, name, operations, options) => {
      const path = objectPath(resource, name, options?.subresource)
      return write('PATCH', path, JSON_PATCH, operations, options)
    },
    serverSideApply: (resource, object, options) => {
      const path = objectPath(resource, nameOf(object), options.subresource)
      const query: Record<string, string> = options.force ? { force: 'true' } : {}
      return write('PATCH', path, APPLY_PATCH, object, options, query)
    },
    delete: async (resource, name, options = {}) => {
      await call({
        method: 'DELETE',
        path: objectPath(resource, name),
        headers: DELETE_HEADERS,
        body: JSON.stringify(deleteBody(options)),
        signal: options.signal,
      })
    },
    watch: async (resource, options, onData) => {
      const request = {
        method: 'GET',
        path: collectionPath(resource, options.namespace),
        query: { watch: 'true', ...selectors(options), ...options.query },
        headers: options.metadataOnly ? ACCEPT_METADATA : ACCEPT_JSON,
        signal: options.signal,
        onData,
      } as const
      const response = await exchange(request, transport.stream(request))
      if (!isSuccess(response)) throw apiErrorOf(request, response)
    },
  }
}

const JSON_TYPE = 'application/json'
const MERGE_PATCH = 'application/merge-patch+json'
const JSON_PATCH = 'application/json-patch+json'
// JSON is YAML; the dedicated JSON name of apply is not understood by servers before 1.32.
const APPLY_PATCH = 'application/apply-patch+yaml'
const METADATA = 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io'
const ACCEPT_JSON = { accept: JSON_TYPE }
const ACCEPT_METADATA = { accept: METADATA }
const ACCEPT_METADATA_LIST = {
  accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io',
}
// The answer to a DELETE is the whole object, perhaps a Secret: metadata is all that may come back.
const DELETE_HEADERS = { accept: `${METADATA},${JSON_TYPE}`, 'content-type': JSON_TYPE }

function isSuccess(response: TransportResponse): boolean {
  return response.status >= 200 && response.status < 300
}

function parseBody<T>(request: TransportRequest, response: TransportResponse): T {
  try {
    return JSON.parse(response.body) as T
  } catch {
    // The parser's own message quotes the text, which may be a Secret.
    throw unreadableAnswer(request, response.status)
  }
}

function selectors(
  options: Pick<ListOptions, 'labelSelector' | 'fieldSelector'>,
): Record<string, string> {
  const query: Record<string, string> = {}
  if (options.labelSelector) query.labelSelector = options.labelSelector
  if (options.fieldSelector) query.fieldSelector = options.fieldSelector
  return query
}

function nameOf(object: KubeObject): ObjectName {
  return { namespace: object.metadata.namespace, name: object.metadata.name ?? '' }
}

function guarded(patch: object, resourceVersion: string): object {
  const metadata = 'metadata' in patch && typeof patch.metadata === 'object' ? patch.metadata : {}
  return { ...patch, metadata: { ...metadata, resourceVersion } }
}

function deleteBody(options: DeleteOptions): object {
  const preconditions = {
    ...(options.uid === undefined ? {} : { uid: options.uid }),
    ...(options.resourceVersion === undefined ? {} : { resourceVersion: options.resourceVersion }),
  }
  return {
    apiVersion: 'v1',
    kind: 'DeleteOptions',
    ...(Object.keys(preconditions).length === 0 ? {} : { preconditions }),
    ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
    ...(options.dryRun ? { dryRun: ['All'] } : {}),
  }
}
