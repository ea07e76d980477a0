import { endLogin } from '../auth/end-login.ts'
import type { StoredUser } from '../store/port/users.ts'
import type { MemberKind } from './members.ts'

/** A person of an account, whom keys can belong to: his keys outlive him, his logging in does not. */
export const userKind: MemberKind<StoredUser, { avatar?: string | undefined }> = {
  word: 'user',
  table: (tables) => tables.users,
  make: (member, { avatar }) => ({ ...member, avatar: avatar ?? null }),
  extra: ({ avatar }) => (avatar === null ? {} : { avatar }),
  takesAlong: (tables, { id }, _actor, nowMs) => endLogin(tables, id, nowMs),
}
