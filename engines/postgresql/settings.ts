/** Settings of the running server that a run changes for a while, and restores (P19): who confirms commits, and which WAL is kept. */
import { z } from 'zod';
import { until } from '../kit/host/asking.ts';
import { failed, refused } from '../kit/host/failures.ts';
import { type NotedKey, notedSettings } from '../kit/host/noted-settings.ts';
import type { Session } from '../kit/host/sql-sessions.ts';
import { inOwnSession } from './host/connection.ts';
import { dropSlot, ensureSlot, requireSlotName, slotNamed } from './switchover/slots.ts';
import { parseSyncNames } from './switchover/sync-names.ts';

const syncNames = 'synchronous_standby_names';
/** A slot by which a run keeps WAL. */
export const retainedWal = 'retained-wal';

const keys: Readonly<Record<string, NotedKey<Session>>> = {
  /** synchronous_standby_names as ALTER SYSTEM sets it. */
  'synchronous-standby-names': {
    require(context, value) {
      if (parseSyncNames(value) === null) throw refused(context, 'bad-value', `${syncNames} cannot be '${value}'`);
    },
    present: (session) => systemValue(session, syncNames),
    async bring(context, session, _, to) {
      await alterSystem(session, syncNames, to);
      if (await until(context, untilRead, async () => (await session.value(z.boolean(), activeSql, [syncNames])) === true)) return;
      throw failed(context, 'not-active', `it did not apply ${syncNames}; is it set on the command line?`);
    },
  },
  /** A physical slot of this name, which keeps the WAL from now on until it is dropped. */
  [retainedWal]: {
    require: requireSlotName,
    present: async (session, value) => ((await slotNamed(session, value)) === null ? null : value),
    async bring(context, session, from, to) {
      if (to !== null) await ensureSlot(context, session, to);
      else if (from !== null) await dropSlot(context, session, from);
    },
  },
};

export const postgresqlSettings = notedSettings({ keys, within: inOwnSession });

/** What postgresql.auto.conf says, whether or not it is active. */
function systemValue(session: Session, name: string): Promise<string | null> {
  const sql = `SELECT setting FROM pg_file_settings WHERE name = $1 AND sourcefile LIKE '%/postgresql.auto.conf' ORDER BY seqno DESC LIMIT 1`;
  return session.value(z.string(), sql, [name]);
}

const activeSql = `
SELECT setting = coalesce((SELECT f.setting FROM pg_file_settings f WHERE f.name = s.name ORDER BY seqno DESC LIMIT 1), boot_val)
FROM pg_settings s WHERE name = $1`;

/** The server reads its files again a moment after it was asked to. */
export const untilRead = { withinMs: 10_000, everyMs: 20 };

/** `null` takes it out of postgresql.auto.conf, so that what the other files say is active. `name` is one of our own. */
export async function alterSystem(session: Session, name: string, value: string | null): Promise<void> {
  const literal = await session.value(z.string(), 'SELECT quote_literal($1)', [value ?? '']);
  await session.run(`ALTER SYSTEM ${value === null ? `RESET ${name}` : `SET ${name} = ${literal}`}`);
  await session.run('SELECT FROM pg_reload_conf()');
}
