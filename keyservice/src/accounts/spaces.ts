import { endKeysWith } from '../keys/end-with.ts'
import type { StoredSpace } from '../store/port/spaces.ts'
import type { MemberKind } from './members.ts'

/** A space of an account: a key that is bound to one ends with it. */
export const spaceKind: MemberKind<StoredSpace, { logo?: string | undefined }> = {
  word: 'space',
  table: (tables) => tables.spaces,
  make: (member, { logo }) => ({ ...member, logo: logo ?? null }),
  extra: ({ logo }) => (logo === null ? {} : { logo }),
  takesAlong: (tables, { id, account }, actor, nowMs) =>
    endKeysWith(tables, { account, space: id, reason: 'SpaceNotFound', actor, nowMs }),
}
