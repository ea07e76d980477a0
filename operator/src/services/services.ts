import {
  type Credential,
  KeyError,
  markFilter,
  type Reason,
  recovery,
  type ServiceIdentity,
  type Standing,
  standingKind,
} from '@latchkey/core'
import type { KubeClient } from '../runtime/client.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Outcome } from '../runtime/controller.ts'
import type { Informer } from '../runtime/informer.ts'
import type { Log } from '../runtime/log.ts'
import { type Connection, type ConnectOptions, connect, connectionPrint } from './connection.ts'
import { type FollowedFeed, followFeed } from './feed.ts'
import { holdService, releaseSecrets, releaseService } from './hold.ts'
import { readCredential } from './read-credential.ts'
import { createRelapses, type Relapses } from './relapses.ts'
import { resolveService, type ServiceResolution, type ServiceWish } from './resolve-service.ts'
import {
  type ServiceName,
  type ServiceRecord,
  serviceItem,
  serviceOfItem,
} from './service-record.ts'
import { followingWish, writeServiceStatus } from './service-status.ts'

/** A key service as a reconcile finds it. */
export type ServiceState =
  | {
      readonly kind: 'usable'
      readonly name: ServiceName
      readonly connection: Connection
      readonly terminating: boolean
    }
  | {
      readonly kind: 'unusable'
      readonly reason: Reason
      readonly message: string
      readonly name?: ServiceName
      /** What it told before it failed. */
      readonly connection?: Connection
    }

/** What the services need from the rest of the operator. */
export interface ServicesOptions extends ConnectOptions {
  readonly client: KubeClient
  readonly caches: readonly Informer<ServiceRecord>[]
  readonly clock: Clock
  readonly log: Log
  /** How often a service is looked at, and, where it has no change feed, the complete list of our keys read. */
  readonly listIntervalMilliseconds: number
  /** An ApiKey that means this service, as `namespace/name`; undefined when none does. */
  readonly neededBy: (service: ServiceName) => string | undefined
  /** The keys of these ApiKeys changed at the service; undefined: all that mean it have to look again. */
  readonly onChanged: (service: ServiceName, uids: readonly string[] | undefined) => void
  /** A service has to be looked at, soon or after a pause. */
  readonly enqueue: (item: string, afterMilliseconds: number) => void
}

/** After so many failures in a row without an answer, a service is asked by one caller instead of by all. */
const failuresUntilUnusable = 8

interface Entry {
  connection?: Connection
  feed?: FollowedFeed | undefined
  /** Why there is no feed to follow. */
  feedless?: KeyError | undefined
  /** When the complete list was read last, on the clock that never goes back. */
  listedMilliseconds?: number
  trouble?: { readonly reason: Reason; readonly message: string } | undefined
  usable: boolean
  failures: number
  /** The record by which its credential Secrets were held last. */
  held?: ServiceRecord
  readonly relapses: Relapses
  /** Looks at a service that is refused or wrongly declared, since it was usable last. */
  looks: Relapses
  /** How long a service that fails again and again is left alone. */
  pauseMilliseconds: number
}

/**
 * The key services of this cluster: connections, credentials, what they told last, and whether they can be used. One
 * place asks a service that does not answer, with backoff, while all its ApiKeys wait: this is what keeps ten thousand
 * of them from storming it.
 */
export class Services {
  readonly #options: ServicesOptions
  readonly #entries = new Map<string, Entry>()

  constructor(options: ServicesOptions) {
    this.#options = options
  }

  /** The service that an ApiKey means, as it can be used now. Nothing is sent. */
  find(wish: ServiceWish): ServiceState {
    const resolution = this.resolve(wish)
    if (resolution.kind === 'problem') return { ...resolution, kind: 'unusable' }
    const { kind, namespace, name } = resolution.record
    const service: ServiceName = { kind, namespace, name }
    const entry = this.#entries.get(serviceItem(service))
    const connection = entry?.connection
    if (entry?.trouble !== undefined) {
      return {
        kind: 'unusable',
        ...entry.trouble,
        name: service,
        ...(connection && { connection }),
      }
    }
    if (connection === undefined || !connection.view.synced()) {
      const message = `The connection to ${kind} ${name} is being made`
      return { kind: 'unusable', reason: 'Progressing', message, name: service }
    }
    return { kind: 'usable', name: service, connection, terminating: resolution.record.deleting }
  }

  /** Which service an ApiKey means, by what the caches hold. */
  resolve(wish: ServiceWish): ServiceResolution {
    return resolveService(wish, {
      get: (name) => this.#record(name),
      all: () => this.#records(),
    })
  }

  /** A call of a reconcile succeeded: the service answers. */
  succeeded(name: ServiceName): void {
    const entry = this.#entries.get(serviceItem(name))
    if (entry !== undefined) entry.failures = 0
  }

  /**
   * A call of a reconcile failed. A refused credential makes the service unusable at once, a lost connection after
   * some in a row; then this service is asked alone until it answers.
   */
  failed(name: ServiceName, error: KeyError): void {
    const item = serviceItem(name)
    const entry = this.#entries.get(item)
    if (entry === undefined || !outages.has(error.reason)) return
    entry.failures += 1
    if (error.reason !== 'ServiceUnauthorized' && entry.failures < failuresUntilUnusable) return
    if (entry.trouble === undefined) {
      entry.trouble = { reason: error.reason, message: error.message }
      entry.usable = false
      entry.pauseMilliseconds = entry.relapses.pause()
      this.#options.enqueue(item, entry.pauseMilliseconds)
    }
  }

  /** Looks after one service: credential, connection, complete list, status, finalizers. The controller's reconcile. */
  async reconcile(item: string): Promise<Outcome> {
    const name = serviceOfItem(item)
    const record = this.#record(name)
    if (record === undefined) {
      await this.#forget(item, name)
      return { kind: 'done' }
    }
    if (record.deleting && this.#options.neededBy(name) === undefined) {
      const others = [...this.#records()].filter((other) => other.uid !== record.uid)
      await releaseService(this.#options.client, record, others)
      return { kind: 'done' }
    }
    const entry = this.#entries.get(item) ?? newEntry(this.#options.clock)
    this.#entries.set(item, entry)
    try {
      await holdService(this.#options.client, record)
      if (entry.held !== undefined && entry.held.generation !== record.generation)
        await releaseSecrets(this.#options.client, entry.held, this.#records())
      entry.held = record
      const connection = await this.#connected(record, entry)
      const identity = await connection.port.whoami()
      const changed = await this.#refresh(record, entry, connection)
      await this.#usable(record, entry, identity, changed)
      // It may have failed again while its status was written.
      const afterMilliseconds =
        entry.trouble === undefined
          ? this.#options.listIntervalMilliseconds
          : entry.pauseMilliseconds
      return { kind: 'wait', afterMilliseconds }
    } catch (error) {
      if (!(error instanceof KeyError)) throw error
      return this.#unusable(record, entry, error)
    }
  }

  /** Closes every connection. */
  async close(): Promise<void> {
    for (const entry of this.#entries.values()) entry.feed?.stop()
    await Promise.all([...this.#entries.values()].map((entry) => entry.connection?.port.close()))
    this.#entries.clear()
  }

  *#records(): Iterable<ServiceRecord> {
    for (const cache of this.#options.caches) yield* cache.values()
  }

  #record({ kind, namespace, name }: ServiceName): ServiceRecord | undefined {
    const key = kind === 'KeyService' ? `${namespace}/${name}` : name
    for (const cache of this.#options.caches) {
      const record = cache.get(key)
      if (record?.kind === kind) return record
    }
    return undefined
  }

  async #connected(record: ServiceRecord, entry: Entry): Promise<Connection> {
    const credential = await readCredential(this.#options.client, record)
    const print = connectionPrint(record, credential)
    const before = entry.connection
    if (before?.print === print) return before
    const connection = { ...this.#connect(record, credential), print }
    entry.connection = connection
    entry.feed?.stop()
    entry.feed = undefined
    await before?.port.close()
    return connection
  }

  #connect(record: ServiceRecord, credential: Credential): Omit<Connection, 'print'> {
    try {
      return connect(record, credential, this.#options)
    } catch (cause) {
      // The API server's rules let a URL pass that no client can use, such as one with port 99999.
      const message = `No connection can be made to ${record.spec.url}: correct spec.url or spec.caBundle`
      throw new KeyError('Invalid', message, { cause })
    }
  }

  /**
   * Makes sure that the view is true: by the feed while it works, and by a complete list once a day, once per interval
   * where no feed works, and whenever the feed lost its place. Answers with the ApiKeys that have to look again.
   */
  async #refresh(
    name: ServiceName,
    entry: Entry,
    connection: Connection,
  ): Promise<readonly string[]> {
    const { clock, log, onChanged, enqueue, listIntervalMilliseconds } = this.#options
    const { port, view } = connection
    const age = clock.monotonic() - (entry.listedMilliseconds ?? Number.NEGATIVE_INFINITY)
    const lives = entry.feed?.lives() ?? false
    const reliable = entry.feed?.trouble() === undefined
    if (lives && age < (reliable ? dayMilliseconds : listIntervalMilliseconds)) return []
    // The cursor first, then the list: what happens in between is told twice rather than never.
    const cursor = lives ? undefined : await this.#cursor(entry, connection)
    const changed = await this.#list(name, connection)
    entry.listedMilliseconds = clock.monotonic()
    if (port.feed !== undefined && cursor !== undefined) {
      entry.feed = followFeed({
        feed: port.feed,
        cursor,
        view,
        clock,
        log,
        onChanged: (uid) => onChanged(name, [uid]),
        onTurn: () => enqueue(serviceItem(name), 0),
      })
    }
    return changed
  }

  /** Where a feed would begin. A service without one that works is a service all the same: it is listed instead. */
  async #cursor(entry: Entry, { port }: Connection): Promise<string | undefined> {
    entry.feed?.stop()
    entry.feed = undefined
    try {
      const cursor = await port.feed?.now()
      entry.feedless = cursor === undefined ? noFeed : undefined
      return cursor
    } catch (error) {
      if (!(error instanceof KeyError)) throw error
      entry.feedless = error
      return undefined
    }
  }

  async #list(name: ServiceName, { port, view }: Connection): Promise<readonly string[]> {
    const { cluster, log } = this.#options
    const listing = view.begin()
    try {
      for await (const key of port.list(markFilter({ cluster }))) listing.add(key)
    } catch (error) {
      listing.abandon()
      throw error
    }
    const changed = listing.finish()
    log.debug(
      { service: serviceItem(name), changed: changed.length },
      'Listed the keys of this cluster',
    )
    return changed
  }

  async #usable(
    record: ServiceRecord,
    entry: Entry,
    identity: ServiceIdentity,
    changed: readonly string[],
  ): Promise<void> {
    const wasUsable = entry.usable
    entry.usable = true
    entry.failures = 0
    entry.looks = createRelapses(this.#options.clock.monotonic)
    entry.trouble = undefined
    this.#options.onChanged(record, wasUsable ? changed : undefined)
    await writeServiceStatus(this.#options, record, {
      standing: this.#standing(record, identity),
      identity,
      following: followingWish(
        entry.feed === undefined ? entry.feedless : entry.feed.trouble(),
        this.#options.listIntervalMilliseconds,
      ),
    })
  }

  #standing(record: ServiceRecord, { account }: ServiceIdentity): Standing {
    const user = record.deleting ? this.#options.neededBy(record) : undefined
    return user === undefined
      ? { kind: 'ready', reason: 'Ready', message: `Connected to account ${account}` }
      : {
          kind: 'progressing',
          reason: 'Terminating',
          message: `It is being deleted, and stays until the ApiKeys that use it are gone, since their keys are revoked with its credential: delete them first, such as ${user}`,
        }
  }

  async #unusable(record: ServiceRecord, entry: Entry, error: KeyError): Promise<Outcome> {
    const { reason, message } = error
    const news = entry.trouble?.reason !== reason || entry.trouble.message !== message
    entry.trouble = { reason, message }
    entry.usable = false
    this.#options.log.warn({ service: serviceItem(record), reason }, 'Key service cannot be used')
    if (news) this.#options.onChanged(record, undefined)
    const kind = standingKind(reason)
    await writeServiceStatus(this.#options, record, { standing: { kind, reason, message } })
    if (recovery[reason] === 'again') throw error
    // The first time at once: the credential may have been replaced between reading and using it.
    return { kind: 'wait', afterMilliseconds: Math.min(entry.looks.pause(), retryMilliseconds) }
  }

  async #forget(item: string, name: ServiceName): Promise<void> {
    const entry = this.#entries.get(item)
    this.#entries.delete(item)
    this.#options.onChanged(name, undefined)
    entry?.feed?.stop()
    await entry?.connection?.port.close()
  }
}

function newEntry(clock: Clock): Entry {
  const [relapses, looks] = [createRelapses(clock.monotonic), createRelapses(clock.monotonic)]
  return { failures: 0, usable: false, relapses, looks, pauseMilliseconds: 0 }
}

const noFeed = new KeyError('MethodNotAllowed', 'It has no change feed, or none for our credential')

/** Failures that say something about the service and not about one key. */
const outages: ReadonlySet<Reason> = new Set([
  'ServiceUnauthorized',
  'ServiceUnreachable',
  'ServiceUnavailable',
  'Timeout',
] as const)

const dayMilliseconds = 86_400_000

/** A refused or missing credential is looked at again this often at least: the Secret that holds it is not watched. */
const retryMilliseconds = 15_000
