/** Where the runtime writes; a pino logger fits as it is. Fields first, then a constant sentence without a full stop. */
export type Log = {
  readonly debug: (fields: object, message: string) => void
  readonly info: (fields: object, message: string) => void
  readonly warn: (fields: object, message: string) => void
  readonly error: (fields: object, message: string) => void
}

/** A log that nobody reads: the default of every part, so that none of them insists on one. */
export const silentLog: Log = { debug() {}, info() {}, warn() {}, error() {} }
