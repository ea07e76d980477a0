import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/**
 * One log for audit and change feed: whatever is in one is in the other. The database itself keeps it append-only: rows
 * of a deleted account may be emptied of what is personal, nothing else is ever changed and nothing removed. And the
 * row that names the life of this store.
 */
export function journal(engine: Store['engine']): Migration {
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropTable('events').execute()
      await db.schema.alterTable('audit').addColumn('space', 'text').execute()
      await db.schema
        .alterTable('audit')
        .addColumn('subject_kind', 'text', (column) => column.notNull().defaultTo('key'))
        .execute()
      await db.schema
        .alterTable('audit')
        .addColumn('version', 'integer', (column) => column.notNull().defaultTo(0))
        .execute()
      for (const statement of engine === 'sqlite' ? sqliteTriggers : postgresTriggers) {
        await sql.raw(statement).execute(db)
      }
      await db.schema
        .createTable('store')
        .addColumn('id', 'integer', (column) => column.primaryKey().notNull())
        .addColumn('life', 'text', (column) => column.notNull())
        .addCheckConstraint('store_one_row', sql`id = 1`)
        .execute()
    },
  }
}

const sqliteTriggers = [
  `create trigger audit_never_removed before delete on audit
   begin select raise(abort, 'the audit trail is append-only'); end`,
  `create trigger audit_only_emptied before update on audit
   when new.id is not old.id or new.time_ms is not old.time_ms or new.account is not old.account
     or new.action is not old.action or new.subject_kind is not old.subject_kind
     or new.version is not old.version
     or not exists (select 1 from accounts where id = old.account and deleted_ms is not null)
   begin select raise(abort, 'the audit trail is append-only'); end`,
]

const postgresTriggers = [
  `create function audit_append_only() returns trigger language plpgsql as $$
   begin
     if tg_op = 'UPDATE' then
       if (new.id, new.time_ms, new.account, new.action, new.subject_kind, new.version)
         is not distinct from
         (old.id, old.time_ms, old.account, old.action, old.subject_kind, old.version)
         and exists (select 1 from accounts where id = old.account and deleted_ms is not null)
       then return new; end if;
     end if;
     raise exception 'the audit trail is append-only';
   end $$`,
  `create trigger audit_only_emptied before update or delete on audit
   for each row execute function audit_append_only()`,
  `create trigger audit_never_truncated before truncate on audit
   for each statement execute function audit_append_only()`,
]
