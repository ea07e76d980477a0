import { KeyError } from '@latchkey/core'
import type { Caller } from '../auth/caller.ts'
import { requireAccountManager } from '../auth/manage-account.ts'
import { requireRight } from '../auth/right.ts'
import { newId } from '../keys/mint.ts'
import { instant } from '../keys/record.ts'
import type { Service } from '../service.ts'
import type { Tables } from '../store/port.ts'
import { lockLiveAccount } from './live-account.ts'

// Spaces and users: what an account has that keys refer to. Both live and die alike, so the rules are written once.

interface Member {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly createdMs: number
  readonly removedMs: number | null
}

/** One kind of member: its table, its word, and its picture. */
export interface MemberKind<Stored extends Member, Extra> {
  readonly word: 'space' | 'user'
  readonly table: (tables: Tables) => {
    insert(member: Stored): Promise<void>
    find(id: string): Promise<Stored | undefined>
    remove(id: string, atMs: number): Promise<void>
    list(account: string): Promise<Stored[]>
  }
  readonly make: (member: Member, extra: Extra) => Stored
  readonly extra: (stored: Stored) => Extra
  /** What ends together with it. */
  readonly takesAlong?: (
    tables: Tables,
    member: Member,
    actor: string,
    nowMs: number,
  ) => Promise<void>
}

export interface CreateMember {
  readonly id?: string | undefined
  readonly displayName: string
}

export interface MemberRecord {
  readonly id: string
  readonly account: string
  readonly displayName: string
  readonly createdTime: string
}

export async function createMember<S extends Member, E extends object>(
  service: Service,
  caller: Caller,
  kind: MemberKind<S, E>,
  body: CreateMember & E,
): Promise<MemberRecord & E> {
  requireAccountManager(caller)
  return service.store.write(async (tables) => {
    await lockLiveAccount(tables, caller.account)
    const table = kind.table(tables)
    const id = body.id ?? newId(service, kind.word)
    if ((await table.find(id)) !== undefined) {
      throw new KeyError(
        'AlreadyExists',
        `There is, or was, a ${kind.word} ${id}; choose another id`,
      )
    }
    const member = kind.make(
      {
        id,
        account: caller.account,
        displayName: body.displayName,
        createdMs: service.clock(),
        removedMs: null,
      },
      body,
    )
    await table.insert(member)
    await journal(service, tables, caller, kind, 'Created', member)
    return toRecord(kind, member)
  })
}

export async function listMembers<S extends Member, E extends object>(
  service: Service,
  caller: Caller,
  kind: MemberKind<S, E>,
): Promise<(MemberRecord & E)[]> {
  requireRight(caller, 'readApiKeys')
  const members = await service.store.read((tables) => kind.table(tables).list(caller.account))
  return members.map((member) => toRecord(kind, member))
}

/** Removes it: a space takes its keys with it at once, a user leaves his behind. Safe to repeat. */
export async function removeMember<S extends Member, E extends object>(
  service: Service,
  caller: Caller,
  kind: MemberKind<S, E>,
  id: string,
): Promise<void> {
  requireAccountManager(caller)
  await service.store.write(async (tables) => {
    await lockLiveAccount(tables, caller.account)
    const member = await kind.table(tables).find(id)
    if (member === undefined || member.account !== caller.account) {
      throw new KeyError('NotFound', `There is no ${kind.word} ${id} that you may see`)
    }
    if (member.removedMs !== null) return
    const nowMs = service.clock()
    await kind.table(tables).remove(id, nowMs)
    await kind.takesAlong?.(tables, member, caller.actor, nowMs)
    await journal(service, tables, caller, kind, 'Removed', member)
  })
}

function toRecord<S extends Member, E extends object>(
  kind: MemberKind<S, E>,
  member: S,
): MemberRecord & E {
  return {
    id: member.id,
    account: member.account,
    displayName: member.displayName,
    createdTime: instant(member.createdMs),
    ...kind.extra(member),
  }
}

function journal(
  service: Service,
  tables: Tables,
  caller: Caller,
  { word }: { readonly word: 'space' | 'user' },
  what: 'Created' | 'Removed',
  member: Member,
): Promise<void> {
  return tables.journal.append({
    timeMs: service.clock(),
    account: member.account,
    space: word === 'space' ? member.id : null,
    actor: caller.actor,
    action: `${word === 'space' ? 'Space' : 'User'}${what}`,
    subjectKind: word,
    subject: member.id,
    version: 0,
    detail: {},
  })
}
