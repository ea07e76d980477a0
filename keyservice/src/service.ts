import type { PreviewStyle, RandomBytes } from '@latchkey/core'
import type { PasswordTurns } from './auth/password-turns.ts'
import type { TrustedIssuer } from './auth/service-account.ts'
import type { Feed } from './events/feed.ts'
import type { Renewals } from './keys/renew-hashes.ts'
import type { TokenHashes } from './keys/token-hash.ts'
import type { Uses } from './keys/uses.ts'
import type { PartnerKeys } from './leaks/partner-signature.ts'
import type { Limiter, RateLimit } from './limits/limiter.ts'
import type { KeySettings, LabelSettings, StatusSettings } from './presets/product-settings.ts'
import type { Marker } from './restore/marker.ts'
import type { Store } from './store/port.ts'

/** What the rules work with. Time and randomness come in from outside, so that a test decides them. */
export interface Service {
  readonly store: Store
  readonly clock: Clock
  readonly randomBytes: RandomBytes
  readonly rules: Rules
  /** How tokens are kept and found. */
  readonly hashes: TokenHashes
  readonly renewals: Renewals
  readonly uses: Uses
  /** Absent where no limit is configured. */
  readonly limiter?: Limiter
  readonly feed: Feed
  readonly passwordTurns: PasswordTurns
  /** Clusters whose ServiceAccounts may call. */
  readonly trustedIssuers: readonly TrustedIssuer[]
  /** Tells the log of a failure that is no answer's affair. */
  readonly warn: (error: unknown, text: string) => void
  readonly marker: Marker
  /** Idempotency keys whose create is being answered right now, by this replica. */
  readonly inFlight: Set<string>
}

/** The present instant, in milliseconds since the epoch. */
export type Clock = () => number

/** What an installation decided: the five products disagree in these, so each is a setting. */
export interface Rules {
  readonly token: {
    /** What callers get: one string, or a public key with a secret. */
    readonly kind: 'token' | 'pair'
    readonly prefix: string
    /** Of the secret of a pair, so that scanners find it. */
    readonly secretPrefix: string
    readonly preview: PreviewStyle
  }
  /** How long nobody needs to acknowledge a pending key before it dies. */
  readonly pendingSeconds: number
  readonly plans: readonly Plan[]
  /** The plan of accounts that name none. */
  readonly defaultPlan: string
  /** The rights that exist beside the service's own; empty: any name will do. */
  readonly permissions: readonly { readonly name: string; readonly description?: string }[]
  readonly keys: KeySettings
  readonly statuses: StatusSettings
  readonly labels: LabelSettings
  /** The name of the preset, and of the environment, for who asks. */
  readonly preset: string
  readonly environment: string
  /** Verifications of one client that may find nothing; absent: as many as it likes. */
  readonly failedVerifications?: RateLimit
  readonly leaks: { readonly partnerKeys: PartnerKeys }
  readonly events: {
    /** How far back the feed goes. */
    readonly retentionSeconds: number
    /** A stream says that it lives after this long without a change. */
    readonly heartbeatSeconds: number
  }
  /** Which ways to authenticate are served. */
  readonly authentication: Authentication
  /** What logging in gives. */
  readonly session: {
    /** Tells its token from those of keys. */
    readonly prefix: string
    /** How long it lives at most. */
    readonly seconds: number
  }
}

export interface Plan {
  readonly id: string
  readonly displayName: string
  /** False: accounts of this plan have no keys at all. */
  readonly apiKeys: boolean
  /** Live keys at most; absent: no limit. */
  readonly keyLimit?: number
  /** Requests that a key, or all of an account together, may make. */
  readonly rateLimits?: { readonly perKey?: RateLimit; readonly perAccount?: RateLimit }
}

export interface Authentication {
  /** `Authorization: Bearer <token>`. */
  readonly bearer: boolean
  /** `Authorization: <token>`. */
  readonly raw: boolean
  /** `x-api-key` and `x-api-secret`. */
  readonly pair: boolean
  /** `api-key: <token>`. */
  readonly apiKeyHeader: boolean
  /** `Authorization: Bearer <token of a ServiceAccount>`, of a trusted issuer. */
  readonly serviceAccount: boolean
  /** `POST /auth/login`, and `Authorization: Bearer <session token>`. */
  readonly session: boolean
}
