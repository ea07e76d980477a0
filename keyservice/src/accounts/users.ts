import type { StoredUser } from '../store/port.ts'
import type { MemberKind } from './members.ts'

/** A person of an account, whom keys can belong to. */
export const userKind: MemberKind<StoredUser, { avatar?: string | undefined }> = {
  word: 'user',
  table: (tables) => tables.users,
  make: (member, { avatar }) => ({ ...member, avatar: avatar ?? null }),
  extra: ({ avatar }) => (avatar === null ? {} : { avatar }),
}
