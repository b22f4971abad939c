/** What would make a fast stop long, or what it would end: asked before it while SQL is still answered. */
import { join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { durationText } from '../../../common/duration-text.ts';
import { until } from '../../kit/host/asking.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { maxLagBytes, type ServerFacts } from '../facts.ts';
import { connectionOf, shared } from './connection.ts';

/** A stop is not begun while more files than this wait for the archiver, or one for longer. */
const maxReadyFiles = 8;
const archiveMs = 30_000;
/** A transaction that is open for longer is not ended by a stop that could wait for it. */
const longTransactionS = 300;

const archiverSchema = z.object({
  runs: z.boolean(),
  failed_wal: z.string().nullable(),
  ready: z.coerce.number(),
  next: z.string().nullable(),
  oldest_ms: z.coerce.number().nullable(),
});

// On a standby the archiver runs only with `always`. Without a command or a library it gives up at once. Libraries came with 15.
const archiverSql = `
SELECT (current_setting('archive_mode') = 'always' OR (current_setting('archive_mode') = 'on' AND NOT pg_is_in_recovery()))
    AND concat(current_setting('archive_command', true), current_setting('archive_library', true)) NOT IN ('', '(disabled)') AS runs,
  CASE WHEN a.last_failed_time > coalesce(a.last_archived_time, '-infinity') THEN a.last_failed_wal END AS failed_wal,
  r.ready, r.next, r.oldest_ms
FROM pg_stat_archiver a, (
  SELECT count(*) AS ready, min(name) AS next, extract(epoch FROM clock_timestamp() - min(modification)) * 1000 AS oldest_ms
  FROM pg_ls_archive_statusdir() WHERE name LIKE '%.ready') r`;

/** Before 12 the server does not list what waits. */
const listedSince = 120_000;

const archiverOf = (context: DriverContext) => shared(context).row(archiverSchema, archiverSql);

/** Of a server that shuts down, the archiver first archives all that is left, however long each file takes. */
export async function archiverKeepsUp(context: DriverContext, versionNum: number): Promise<Answer> {
  if (versionNum < listedSince) return [true, 'before version 12 the server does not list what waits for its archiver'];
  const archiver = await archiverOf(context);
  if (!archiver.runs) return [true, 'it archives no WAL'];
  const file = (archiver.next ?? '').replace(/\.ready$/, '');
  const ageMs = archiver.oldest_ms ?? 0;
  const wait = 'a stop would wait for it: fix archive_command';
  if (archiver.ready > 0 && archiver.failed_wal !== null)
    return [
      false,
      `its archiver fails: the last file that it could not archive is ${archiver.failed_wal}, ${archiver.ready} wait; ${wait}`,
    ];
  if (ageMs > archiveMs) return [false, `its archiver has not archived ${file} for ${durationText(ageMs)}; ${wait}`];
  if (archiver.ready > maxReadyFiles)
    return [
      false,
      `${archiver.ready} files wait for its archiver, at most ${maxReadyFiles} are allowed: a stop would wait until all are archived`,
    ];
  return [true, `${archiver.ready} files wait for its archiver`];
}

/**
 * A shutdown switches to a new WAL file and waits until the one before is archived: done beforehand, that is neither downtime nor the first
 * time that anybody sees whether archiving works. What does not come to an end is left to the guards.
 */
export async function archiveNow(context: DriverContext): Promise<void> {
  if ((await shared(context).value(z.boolean(), switchesSql)) !== true || !(await archiverOf(context)).runs) return;
  await shared(context).run('SELECT FROM pg_switch_wal()');
  await until(context, { withinMs: archiveMs, everyMs: 50 }, async () => {
    const { ready, failed_wal } = await archiverOf(context);
    return ready === 0 || failed_wal !== null;
  });
}

const switchesSql = `
SELECT NOT pg_is_in_recovery() AND current_setting('server_version_num')::int >= ${listedSince}
  AND has_function_privilege('pg_switch_wal()', 'EXECUTE')`;

const transactionSchema = z.object({ who: z.string(), seconds: z.coerce.number(), remedy: z.string() });

// A prepared transaction survives the stop and keeps its locks; the longer it waits, the less somebody is there who will end it.
const transactionSql = `
SELECT who, seconds, remedy FROM (
  SELECT format('%s of user %s (%s)', coalesce(nullif(application_name, ''), 'a session'), usename, state) AS who,
    extract(epoch FROM clock_timestamp() - xact_start) AS seconds, format('let it end, or SELECT pg_terminate_backend(%s)', pid) AS remedy
  FROM pg_stat_activity
  WHERE backend_type = 'client backend' AND pid <> pg_backend_pid() AND xact_start IS NOT NULL
  UNION ALL
  SELECT format('the prepared transaction %L of %s in %I', gid, owner, database),
    extract(epoch FROM clock_timestamp() - prepared), format('COMMIT PREPARED or ROLLBACK PREPARED %L there', gid)
  FROM pg_prepared_xacts) t
WHERE seconds > $1 ORDER BY seconds DESC LIMIT 1`;

/** @param expect the longest that is allowed, in seconds; null: the usual */
export async function noLongTransactions(context: DriverContext, expect: string | null): Promise<Answer> {
  const limitS = expect === null ? longTransactionS : Number(expect);
  if (!Number.isFinite(limitS) || limitS < 0) return [null, `"${expect}" is not a number of seconds`];
  const [longest] = await shared(context).rows(transactionSchema, transactionSql, [limitS]);
  if (longest === undefined) return [true, `no transaction is open for longer than ${durationText(limitS * 1000)}`];
  const { who, seconds, remedy } = longest;
  return [false, `${who} has a transaction open for ${durationText(seconds * 1000)}, which a stop would end or leave behind: ${remedy}`];
}

const receiverSchema = z.object({ name: z.string(), bytes: z.coerce.number() });

// Of changes a subscriber confirms what it has; of WAL it is enough that it was sent and written.
const receiverSql = `
SELECT application_name AS name, pg_wal_lsn_diff(here.lsn, has.lsn) AS bytes
FROM pg_stat_replication r LEFT JOIN pg_replication_slots s ON s.active_pid = r.pid,
  LATERAL (SELECT CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END AS lsn) here,
  LATERAL (SELECT CASE WHEN s.slot_type = 'logical' THEN r.flush_lsn ELSE coalesce(r.write_lsn, r.sent_lsn) END AS lsn) has
WHERE r.state IN ('catchup', 'streaming') AND pg_wal_lsn_diff(here.lsn, has.lsn) > $1 ORDER BY bytes DESC LIMIT 1`;

export async function receiversKeepUp(context: DriverContext): Promise<Answer> {
  const [slowest] = await shared(context).rows(receiverSchema, receiverSql, [maxLagBytes]);
  if (slowest === undefined) return [true, 'every receiver has nearly all of its WAL'];
  const missing = `${slowest.name} has ${slowest.bytes} bytes still to receive, at most ${maxLagBytes} are allowed`;
  return [false, `${missing}: a stop would wait until it has them`];
}

/** Whether a backup of this server is being taken, whichever program takes it: by what such programs do, not by what they are called. The call by which a session begins a base backup and stays open; sent as a value, so that no question matches itself. */
const beginsBackup = 'pg_(backup_start|start_backup)\\s*\\(';
/** The advisory lock that pgBackRest holds on the server for as long as it takes a backup. Source: its src/db/db.c, 12340078987004321. */
const lockHigh = 2_873_148;
const lockLow = 2_290_436_513;

const backupsSql = `
SELECT a.application_name AS name, a.pid FROM pg_stat_activity a
WHERE a.pid <> pg_backend_pid() AND a.backend_type = 'client backend' AND (a.query ~* $1 OR a.application_name = ANY ($2)
  OR EXISTS (SELECT FROM pg_locks l WHERE l.pid = a.pid AND l.granted AND l.locktype = 'advisory' AND l.objsubid = 1
    AND l.classid::bigint = $3 AND l.objid::bigint = $4))
ORDER BY a.pid LIMIT 1`;
const backupSchema = z.object({ name: z.string(), pid: z.number() });

/**
 * A base backup over the replication protocol is a walsender's state; an exclusive one (before 15) leaves its label in the data directory; any
 * other is a session that began one and is still open, holds the lock of one, or has a name that the settings give.
 */
export async function noBackup(context: DriverContext, server: ServerFacts): Promise<Answer> {
  const sender = server.replication.find((row) => row.state === 'backup');
  if (sender !== undefined) return [false, `${sender.applicationName} is taking a base backup; wait until it ends`];
  const label = server.inRecovery ? null : await context.host.readText(join(context.settings.dataDir, 'backup_label'));
  if (label !== null) return [false, 'an exclusive backup is open: run pg_stop_backup() once its copy is complete'];
  const values = [beginsBackup, connectionOf(context.settings).backups, lockHigh, lockLow];
  const [session] = await shared(context).rows(backupSchema, backupsSql, values);
  if (session === undefined) return [true, 'no base backup is running'];
  const name = session.name === '' ? 'a session without a name' : session.name;
  return [false, `${name} (process ${session.pid}) is taking a backup; wait until it ends`];
}
