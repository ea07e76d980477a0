import type { Tables } from '../store/port.ts'

/**
 * Ends a user's logging in, in the transaction of what ends it: his password, the failures under his name, and his
 * sessions. Nothing is left that a later user of the same name could run into. Safe to repeat.
 */
export async function endLogin(tables: Tables, userId: string, nowMs: number): Promise<void> {
  await tables.logins.remove(userId)
  await tables.logins.succeed(userId)
  await tables.sessions.endOfUser(userId, nowMs)
}
