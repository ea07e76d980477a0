import { type Kysely, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import type { Store } from '../port.ts'

/**
 * What a verification reads of a credential and its key, as one row. In PostgreSQL a view. In SQLite, where finding a row is
 * most of the work, the rows of that view are kept in a table of their own, by triggers: one search instead of two, in
 * the same transaction as each change.
 */
export function lookups(engine: Store['engine']): Migration {
  const view = sql.id(engine === 'sqlite' ? 'lookup_rows' : 'lookups')
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await sql`create view ${view} as
        select c.hash, c.id as credential_id, c.kind, c.role, c.pepper, c.expires_ms as credential_expires_ms,
          c.pending_until_ms as credential_pending_until_ms, c.ended_ms as credential_ended_ms,
          c.end_reason as credential_end_reason, k.id as key_id, k.account, k.space, k.owner, k.scopes, k.state,
          k.state_reason, k.platform, k.pending_until_ms, k.expires_ms
        from credentials c join keys k on k.id = c.key_id`.execute(db)
      if (engine === 'sqlite') for (const step of kept) await sql.raw(step).execute(db)
    },
  }
}

const kept = [
  `create table lookups (
    hash text primary key not null, credential_id text not null, kind text not null, role text not null,
    pepper integer not null, credential_expires_ms bigint, credential_pending_until_ms bigint,
    credential_ended_ms bigint, credential_end_reason text, key_id text not null, account text not null, space text,
    owner text, scopes text not null, state text not null, state_reason text, platform integer not null,
    pending_until_ms bigint, expires_ms bigint) without rowid`,
  'insert into lookups select * from lookup_rows order by hash',
  `create trigger lookups_insert after insert on credentials begin
    insert into lookups select * from lookup_rows where hash = new.hash;
  end`,
  `create trigger lookups_delete after delete on credentials begin
    delete from lookups where hash = old.hash;
  end`,
  `create trigger lookups_update after update on credentials begin
    delete from lookups where hash = old.hash;
    insert into lookups select * from lookup_rows where hash = new.hash;
  end`,
  `create trigger lookups_key after update on keys begin
    delete from lookups where hash in (select hash from credentials where key_id = new.id);
    insert into lookups select * from lookup_rows where key_id = new.id;
  end`,
]
