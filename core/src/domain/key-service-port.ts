import type { Credential } from './credential.ts'
import type { KeyRecord } from './key-record.ts'
import type { Reason } from './reason.ts'

/** When a key ends by itself: a duration from its issue, or an instant. */
export type Expiration = { readonly after: string } | { readonly time: string }

/** The part of a key that can be told to a service, in its declared form. */
export interface KeyWish {
  readonly displayName: string
  readonly description?: string
  readonly account?: string
  readonly space?: string
  readonly owner?: string
  readonly scopes: readonly string[]
  readonly expiration?: Expiration
  readonly metadata: Readonly<Record<string, string>>
}

/** A wish with the name of the attempt: a repetition under the same name never makes a second key. */
export interface IssueRequest extends KeyWish {
  readonly idempotencyKey: string
}

/** The only answer that carries a token. */
export interface IssuedKey {
  readonly key: KeyRecord
  /** Which of the key's tokens this is. */
  readonly credentialId: string
  readonly credential: Credential
}

/** Fields that changed; a field that is absent stays as it is, `null` removes it. */
export interface KeyChange {
  readonly displayName?: string
  readonly description?: string | null
  readonly scopes?: readonly string[]
  readonly expiration?: Expiration | null
  readonly metadata?: Readonly<Record<string, string>>
}

/** Who we are at the service, and what it allows us. */
export interface ServiceIdentity {
  readonly account: string
  readonly keyId?: string
  readonly scopes: readonly string[]
  readonly plan?: string
  readonly keysUsed?: number
  readonly keyLimit?: number
}

/** A verdict is data, not an error. */
export type Verdict =
  | {
      readonly valid: true
      readonly keyId: string
      readonly credentialId: string
      readonly scopes: readonly string[]
    }
  | { readonly valid: false; readonly reason: Reason }

/** One thing that the change feed tells. */
export type FeedEvent =
  /** A key changed; the record is never older than the change. Without a record the key is gone. */
  | {
      readonly kind: 'changed'
      readonly cursor: string
      readonly keyId: string
      readonly record?: KeyRecord
    }
  /** Nothing else happened up to this cursor, and the feed lives. */
  | { readonly kind: 'bookmark'; readonly cursor: string }

/** Whether the caller knows a key in this version, or in a newer one. */
export type KnowsKey = (keyId: string, version: number) => boolean

/** A feed of changes, as Kubernetes' watch: nothing is lost or doubled between two cursors. */
export interface ChangeFeed {
  /** The cursor that stands for now; undefined where the service has no feed, or none for us. */
  now(): Promise<string | undefined>
  /**
   * What happens after the cursor, until the signal or the service ends it. Throws `Gone` for a cursor too old. Of changes
   * that the caller knows, most of them its own, only the cursor is told.
   */
  follow(cursor: string, signal: AbortSignal, knows: KnowsKey): AsyncIterable<FeedEvent>
}

/** Fields of a key that some services change in place, and others never. */
export const mutableFields = ['displayName', 'description', 'scopes', 'expiration'] as const
export type MutableField = (typeof mutableFields)[number]

/** What a service can do, as its driver knows or has asked. */
export interface Capabilities {
  /** How a mint survives a crash (design, section 4). */
  readonly mint: 'Pending' | 'IdempotencyKey' | 'Mark' | 'None'
  /** Fields of a key that can be changed in place; where another one differs, another key is issued. */
  readonly mutable: ReadonlySet<MutableField>
}

/**
 * A key service as the rest of Latchkey sees it. Every function throws `KeyError`; `Timeout`, `ServiceUnreachable`,
 * `ServiceUnavailable`, `TooManyRequests` and `ServiceUnauthorized` mean "unknown" and prove nothing about a key.
 */
export interface KeyServicePort {
  readonly capabilities: Capabilities
  /**
   * Makes a pending key, or, repeated while it is pending and unused, gives the same key a fresh token and kills the
   * one before. Nothing has to be remembered to repeat it after a crash.
   */
  issue(request: IssueRequest): Promise<IssuedKey>
  /** Acknowledges one token: the key stays. Safe to repeat; `Conflict` when the key no longer has this token. */
  activate(keyId: string, credentialId: string): Promise<KeyRecord>
  /** The key, or undefined when the service says that there is none. */
  get(keyId: string): Promise<KeyRecord | undefined>
  /** Every key whose metadata has all these entries, to the last page, dead ones included. */
  list(metadata: Readonly<Record<string, string>>): AsyncIterable<KeyRecord>
  update(keyId: string, change: KeyChange): Promise<KeyRecord>
  /** Ends the key at once. Safe to repeat; a key that does not exist is an answer (`false`), not an error. */
  revoke(keyId: string): Promise<boolean>
  /** Asks whether a credential works, without acknowledging it and without counting as a use. */
  probe(credential: Credential): Promise<Verdict>
  whoami(): Promise<ServiceIdentity>
  /** Tells of changes as they happen; services without it are listed once per interval. */
  readonly feed?: ChangeFeed
  /** Lets go of connections. */
  close(): Promise<void>
}
