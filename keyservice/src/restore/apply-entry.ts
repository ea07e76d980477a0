import { type AuditEntry, updateAccountBody } from '@latchkey/core'
import { z } from 'zod'
import { endLogin } from '../auth/end-login.ts'
import { endKeysWith } from '../keys/end-with.ts'
import { saveKey } from '../keys/save-key.ts'
import { leakedState } from '../leaks/report.ts'
import type { Service } from '../service.ts'
import type { StoredKey } from '../store/port/keys.ts'
import type { Tables } from '../store/port.ts'

/** The actor of what is done again; who did it first is in the export. */
const actor = 'restore'

/**
 * Does again what one entry of the audit trail tells, as far as it ends, narrows or acknowledges something. Tokens that were made after
 * the backup are lost, so those that they replaced end without a successor. What was made after the backup is not
 * there, and is left alone.
 */
export async function applyEntry(
  service: Service,
  tables: Tables,
  entry: AuditEntry,
): Promise<void> {
  switch (entry.subject.kind) {
    case 'key':
      return applyToKey(service, tables, entry)
    case 'account':
      return applyToAccount(service, tables, entry)
    case 'space':
      return applyToSpace(service, tables, entry)
    case 'user':
      return applyToUser(service, tables, entry)
    case 'store':
      return
  }
}

const credentialDetail = z.object({ credentialId: z.string() })
const revocationDetail = z.object({ reason: z.string() })
const disabledDetail = z.object({ why: z.string() })
const changed = z
  .object({
    displayName: z.string(),
    description: z.string().nullable(),
    metadata: z.record(z.string(), z.string()),
    scopes: z.array(z.string()),
    expiresMs: z.number().nullable(),
  })
  .partial()

async function applyToKey(service: Service, tables: Tables, entry: AuditEntry): Promise<void> {
  const key = await tables.keys.lock(entry.subject.id)
  if (key === undefined || key.state === 'revoked') return
  const nowMs = service.clock()
  const save = (fields: Partial<StoredKey>, action: 'Revoked' | 'Disabled' | 'Updated') =>
    saveKey(tables, key, fields, { actor, action, nowMs, detail: { number: entry.number } })
  const end = async (ids: readonly string[], reason?: 'KeyLeaked') => {
    for (const id of ids) await tables.credentials.end(id, nowMs, reason)
    await save({}, 'Updated')
  }
  const named = credentialDetail.safeParse(entry.detail).data?.credentialId
  const why = revocationDetail.safeParse(entry.detail).data?.reason
  const tokens = (await tables.credentials.ofKeys([key.id])).map(({ id }) => id)
  switch (entry.action) {
    case 'Revoked':
    case 'Expired':
      await save(
        { state: 'revoked', stateReason: why ?? null, revokedMs: nowMs, pendingUntilMs: null },
        'Revoked',
      )
      return
    case 'Activated':
      // Somebody has the token: unacknowledged, it would die within the day.
      if (key.state === 'pending' && tokens.some((id) => id === named)) {
        await save({ state: 'active', activatedMs: nowMs, pendingUntilMs: null }, 'Updated')
      }
      return
    case 'Leaked':
      if (tokens.some((id) => id !== named)) {
        return end(
          tokens.filter((id) => id === named),
          'KeyLeaked',
        )
      }
      await save(leakedState, 'Disabled')
      return
    case 'Disabled':
      if (key.state !== 'disabled') {
        const stateMessage = disabledDetail.safeParse(entry.detail).data?.why ?? null
        await save({ state: 'disabled', stateReason: 'KeyDisabled', stateMessage }, 'Disabled')
      }
      return
    case 'Rotated':
    case 'Reissued':
      return end(tokens)
    case 'PreviousEnded':
      return end(tokens.filter((id) => id === named))
    case 'Updated': {
      const { data } = changed.safeParse(entry.detail)
      const fields = Object.entries(data ?? {}).filter(([, value]) => value !== undefined)
      if (fields.length > 0) await save(Object.fromEntries(fields), 'Updated')
    }
  }
}

async function applyToAccount(service: Service, tables: Tables, entry: AuditEntry): Promise<void> {
  const account = await tables.accounts.lock(entry.subject.id)
  if (account === undefined || account.deletedMs !== null) return
  const nowMs = service.clock()
  const { id } = account
  if (entry.action === 'AccountDeleted') {
    await tables.accounts.update({ ...account, deletedMs: nowMs })
    await endKeysWith(tables, { account: id, reason: 'AccountNotFound', actor, nowMs })
    await tables.endings.erasePersonalData(id)
  }
  const { data } = updateAccountBody.safeParse(entry.detail)
  if (entry.action !== 'AccountUpdated' || data === undefined) return
  await tables.accounts.update({
    ...account,
    plan: data.plan ?? account.plan,
    scopes: data.scopes === undefined ? account.scopes : data.scopes,
    subscriptionActive: data.subscriptionActive ?? account.subscriptionActive,
  })
}

async function applyToSpace(service: Service, tables: Tables, entry: AuditEntry): Promise<void> {
  if (entry.action !== 'SpaceRemoved') return
  const space = await tables.spaces.find(entry.subject.id)
  if (space === undefined || space.removedMs !== null) return
  const nowMs = service.clock()
  const { id, account } = space
  await tables.spaces.remove(id, nowMs)
  await endKeysWith(tables, { account, space: id, reason: 'SpaceNotFound', actor, nowMs })
}

/** A password that was changed is not known here: who had it logs in again once it is set anew. */
async function applyToUser(service: Service, tables: Tables, entry: AuditEntry): Promise<void> {
  const user = await tables.users.find(entry.subject.id)
  if (user === undefined) return
  const nowMs = service.clock()
  if (entry.action === 'UserRemoved') await tables.users.remove(user.id, nowMs)
  if (endsLogin.includes(entry.action)) await endLogin(tables, user.id, nowMs)
}

const endsLogin = ['UserRemoved', 'LoginSet', 'LoginRemoved', 'PasswordChanged']
