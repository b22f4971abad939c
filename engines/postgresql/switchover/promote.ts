/** A standby becomes the primary, once it has all that the former one wrote. */
import { join } from 'node:path';
import { z } from 'zod';
import { pause } from '../../../common/clock.ts';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { FailureError, toFailure } from '../../../common/failure.ts';
import { until } from '../../kit/host/asking.ts';
import { failed, refused } from '../../kit/host/failures.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import type { Answer } from '../../kit/pure/checks.ts';
import { inOwnSession } from '../host/connection.ts';
import { parseStopPoint, type StopPoint } from '../probe.ts';
import { lsnDistance } from '../wal.ts';
import { fenceNote } from './fence.ts';
import { requireMajor } from './repoint.ts';
import { ensureSlot } from './slots.ts';

/** How long the server itself waits for the end of its recovery, and how long we watch one that is under way. */
const promoteSeconds = 60;
const probeAgainMs = 20;
/** Longer than a query may hold up replay by default (max_standby_streaming_delay, 30 s); after that nothing more comes where nothing streams. */
const noMoreAfterMs = 45_000;

/**
 * Waits until the standby replayed beyond the token for as long as the order lasts. Throws `refused` as long as nothing was asked of the
 * server; done when it is the primary already.
 */
export async function promote(context: DriverContext, { slots }: { readonly slots: readonly string[] }, token: string | null) {
  await requireMajor(context, 12, 'promote');
  // Only a standby that has all of what the former primary wrote is promoted.
  const stop = parseStopPoint(token);
  if (stop === null) throw refused(context, 'no-token', `the stop position of the former primary is not recorded; nothing was promoted`);
  let asked = false;
  const work = async (session: Session): Promise<void> => {
    const standing = await untilReplayed(context, session, stop);
    for (const name of slots) await ensureSlot(context, session, name);
    asked = standing === 'standby';
    if (asked) await askToPromote(context, session);
  };
  await inOwnSession(context, work, { statementMs: null }).catch((thrown: unknown) => {
    throw asked ? thrown : notAsked(context, thrown);
  });
  // What this server was before is of no use any more: a fence of long ago must never be rolled back.
  await fenceNote.remove(context);
}

/** Whatever kept us from asking, nothing is open by it: a server that is down may be asked again when it is back. */
function notAsked(context: DriverContext, thrown: unknown): unknown {
  if (!(thrown instanceof FailureError) || thrown.failure.class === 'refused') return thrown;
  const { message, remedy } = thrown.failure;
  return refused(context, 'not-asked', `${message}; its promotion was not started: make sure that it answers`, { remedy });
}

// On a standby the newest timeline is the one that it has WAL files of: its last checkpoint may lie on an older one.
const standingSql = `
SELECT pg_is_in_recovery() AS in_recovery, (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
  CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()::text END AS replayed,
  CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END AS paused,
  (SELECT count(*) > 0 FROM pg_stat_wal_receiver WHERE status = 'streaming') AS streaming,
  CASE WHEN pg_is_in_recovery() THEN (SELECT max(substr(name, 1, 8)) FROM pg_ls_waldir() WHERE name ~ '^[0-9A-F]{24}$')
    ELSE substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8) END AS timeline`;
const standingSchema = z.object({
  in_recovery: z.boolean(),
  system_id: z.string(),
  replayed: z.string().nullable(),
  paused: z.boolean(),
  streaming: z.boolean(),
  timeline: z.string().transform((digits) => Number.parseInt(digits, 16)),
});
type Standing = z.infer<typeof standingSchema>;
const standingOf = (session: Session): Promise<Standing> => session.row(standingSchema, standingSql);

/** Resolves when it has all of it, or is the primary already. */
async function untilReplayed(context: DriverContext, session: Session, stop: StopPoint): Promise<'standby' | 'primary'> {
  const notReplayed = (why: string) => refused(context, 'not-replayed', `${why}; nothing was promoted`, { remedy: 'retry' });
  let progress = { replayed: '', sinceMs: context.clock.monotonicMs() };
  for (let behind = 'its replay position is unknown'; ; ) {
    const standing = await standingOf(session).catch((thrown: unknown) => {
      // Whose time is over has its session closed, maybe in the middle of a question.
      throw context.signal.aborted ? notReplayed(behind) : thrown;
    });
    const misfit = misfitOf(standing, stop);
    if (misfit !== null) throw refused(context, 'cannot-promote', `${misfit}; nothing was promoted`);
    if (!standing.in_recovery) return 'primary';
    const lacks = behindOf(standing, stop);
    if (lacks === null) return 'standby';
    behind = lacks;
    const nowMs = context.clock.monotonicMs();
    if (standing.streaming || standing.replayed !== progress.replayed) progress = { replayed: standing.replayed ?? '', sinceMs: nowMs };
    // The member that has the rest is stopped, and stays so until the turn is rolled back.
    const rest = 'and no server sends it the rest; nothing was promoted: a rollback starts the former primary again';
    if (nowMs - progress.sinceMs > noMoreAfterMs) throw refused(context, 'cannot-catch-up', `${behind}, ${rest}`);
    const isHopeless = standing.paused && !standing.streaming;
    if (!isHopeless) await pause(context.clock, probeAgainMs, context.signal);
    if (isHopeless || context.signal.aborted) throw notReplayed(behind);
  }
}

/** What no waiting changes. */
function misfitOf({ in_recovery, system_id, timeline }: Standing, stop: StopPoint): string | null {
  if (system_id !== stop.systemId) return `its system identifier is ${system_id}, that of the former primary is ${stop.systemId}`;
  if (in_recovery && timeline !== stop.timeline) return `it is on timeline ${timeline}, the former primary stopped on ${stop.timeline}`;
  if (!in_recovery && timeline <= stop.timeline)
    return `it is a primary on timeline ${timeline}: it was never a standby of the former primary`;
  return null;
}

/** What it still waits for; null: nothing. */
function behindOf({ replayed, paused, streaming }: Standing, { lsn }: StopPoint): string | null {
  // A position is where the next record begins: only beyond it the record of the stop itself was replayed.
  const isBeyond = replayed !== null && lsnDistance(lsn, replayed) > 0;
  if (!isBeyond) return `it replayed to ${replayed ?? 'nothing'}${paused ? ' and is paused' : ''}, the former primary stopped at ${lsn}`;
  return streaming ? 'it still streams: the member that it follows was started' : null;
}

async function askToPromote(context: DriverContext, session: Session): Promise<void> {
  if (context.signal.aborted) throw refused(context, 'order-over', `the deadline of the order has passed; nothing was promoted`);
  const isPromoted = await session.value(z.boolean(), `SELECT pg_promote(true, ${promoteSeconds})`);
  if (isPromoted === true && !(await standingOf(session)).in_recovery) return;
  throw failed(context, 'not-promoted', `its promotion was started, but its recovery did not end within ${promoteSeconds} s`);
}

/** Watches a promotion that is under way; `ok: null` when it did not come to an end in that time, or the server cannot be asked. */
export async function promoted(context: DriverContext, _: unknown, token: string | null): Promise<Finding> {
  const check = 'promote';
  const stop = parseStopPoint(token);
  if (stop === null)
    return { check, ok: false, detail: 'the stop position of the former primary is not recorded, so nothing was promoted' };
  let outcome: Answer = [null, ''];
  const isOver = async () => {
    outcome = await outcomeOf(context, stop).catch((thrown: unknown): Answer => {
      if (!(thrown instanceof FailureError)) throw thrown;
      return [null, toFailure(thrown).message];
    });
    return outcome[0] !== null;
  };
  await until(context, { withinMs: promoteSeconds * 1000, everyMs: probeAgainMs }, isOver);
  const [ok, detail] = outcome;
  return { check, ok, detail };
}

const activitySql = `
SELECT current_setting('server_version_num')::int < 130000 AS blind, count(*) > 0 AS asked
FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND query LIKE 'SELECT pg_promote(%' AND state = 'active'`;
const activitySchema = z.object({ blind: z.boolean(), asked: z.boolean() });

/**
 * null: it is under way. The request passes from a session to a file, from there into the startup process: looked at in this order, it cannot be
 * missed.
 */
async function outcomeOf(context: DriverContext, stop: StopPoint): Promise<Answer> {
  return inOwnSession(context, async (session) => {
    const activity = await session.row(activitySchema, activitySql);
    const request = await context.host.readText(join(context.settings.dataDir, 'promote'));
    const standing = await standingOf(session);
    const misfit = misfitOf(standing, stop);
    if (!standing.in_recovery) return [misfit === null, misfit ?? 'it is the primary'];
    if (activity.asked || request !== null) return [null, 'its promotion was started, and it is still in recovery'];
    // Version 12 does not tell whether it was triggered.
    if (activity.blind) return [null, 'it is in recovery'];
    return standing.paused || !(await hasTriggered(session))
      ? [false, 'it is a standby and is not being promoted']
      : [null, 'its promotion is under way'];
  });
}

/** The server refuses to resume replay when it was told to promote; where replay is not paused, the call does nothing else. */
async function hasTriggered(session: Session): Promise<boolean> {
  try {
    await session.run('SELECT FROM pg_wal_replay_resume()');
    return false;
  } catch (thrown) {
    return toFailure(thrown).code === 'sql-failed';
  }
}
