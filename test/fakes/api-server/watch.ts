import type { ServerResponse } from 'node:http'
import { ApiFailure } from './api-failure.ts'
import type { ObjectStore, StoredChange, StoredObject } from './object-store.ts'
import type { Selects } from './selection.ts'

/** An open watch, as the test's controls see it. */
export type OpenWatch = {
  readonly collection: string
  /** Sends a bookmark, if the client wants them. */
  readonly bookmark: () => void
  /** Ends the stream in order, as on `timeoutSeconds`. */
  readonly end: () => void
  /** Breaks the connection. */
  readonly kill: () => void
}

/** Answers a watch until either side ends it. Too old a version is an ERROR event, as from the real watch cache. */
export function serveWatch(parts: {
  readonly store: ObjectStore
  readonly collection: string
  readonly selects: Selects
  readonly query: URLSearchParams
  readonly view: (object: StoredObject) => unknown
  readonly response: ServerResponse
  /** HTTP chunks are at most this long. */
  readonly chunkBytes: number
  readonly onClose: () => void
}): OpenWatch {
  const { store, collection, selects, query, response } = parts
  const write = (text: string) => {
    if (response.writableEnded || response.destroyed) return
    const bytes = Buffer.from(text)
    for (let start = 0; start < bytes.length; start += parts.chunkBytes) {
      response.write(bytes.subarray(start, start + parts.chunkBytes))
    }
  }
  const send = (type: string, object: unknown) => write(`${JSON.stringify({ type, object })}\n`)
  const sendChange = (change: StoredChange) => {
    if (change.collection !== collection) return
    const before = change.before !== undefined && selects(change.before)
    const after = change.after !== undefined && selects(change.after)
    const version = String(change.revision)
    if (after) send(before ? 'MODIFIED' : 'ADDED', parts.view(change.after))
    else if (before) send('DELETED', parts.view(withVersion(change.before, version)))
  }
  const bookmark = (annotations?: object) => {
    if (query.get('allowWatchBookmarks') !== 'true') return
    const metadata = {
      resourceVersion: String(store.revision),
      creationTimestamp: null,
      annotations,
    }
    send('BOOKMARK', { kind: 'Bookmark', apiVersion: 'v1', metadata })
  }

  response.writeHead(200, { 'content-type': 'application/json' })
  response.flushHeaders()
  let unsubscribe = () => {}
  try {
    if (query.get('sendInitialEvents') === 'true') {
      for (const object of store.list(collection))
        if (selects(object)) send('ADDED', parts.view(object))
      bookmark({ 'k8s.io/initial-events-end': 'true' })
    } else {
      const version = query.get('resourceVersion') ?? ''
      for (const change of store.since(version === '' ? store.revision : Number(version)))
        sendChange(change)
    }
    unsubscribe = store.subscribe(sendChange)
  } catch (failure) {
    if (!(failure instanceof ApiFailure)) throw failure
    send('ERROR', failure.toStatus())
    response.end()
  }
  response.on('close', () => {
    unsubscribe()
    parts.onClose()
  })
  return {
    collection,
    bookmark: () => bookmark(),
    end: () => response.end(),
    kill: () => response.destroy(),
  }
}

function withVersion(object: StoredObject, resourceVersion: string): StoredObject {
  return { ...object, metadata: { ...object.metadata, resourceVersion } }
}
