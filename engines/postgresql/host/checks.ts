/** The driver's answers to guards, await-conditions and findings. Each says in one sentence what was seen. */
import { basename, join } from 'node:path';
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import type { Finding } from '../../../common/facts.ts';
import { toFailure } from '../../../common/failure.ts';
import type { Guard } from '../../../common/orders.ts';
import { type CheckId, checkIds, maxLagBytes } from '../checks.ts';
import {
  delayText,
  guardedSettings,
  isDelayed,
  ownLogicalSlots,
  type ReplicationRow,
  type ServerFacts,
  standbyRows,
  streamingNames,
} from '../facts.ts';
import { laterLsn, lsnDistance, parseStopPoint } from '../probe.ts';
import { indispensable } from '../switchover/sync-names.ts';
import { noBackup } from './backups.ts';
import { librariesIn } from './bundle.ts';
import { canStart } from './can-start.ts';
import { divergenceOf, missingWalOf } from './control.ts';
import { findHaManager } from './ha.ts';
import type { Look } from './inspect.ts';
import { rehearse } from './rehearsal.ts';
import { inOwnSession, inSharedSession } from './session.ts';
import { archiverKeepsUp, noLongTransactions, receiversKeepUp } from './stop-blockers.ts';
import { walReachesBack } from './wal-kept.ts';

interface Question {
  readonly context: DriverContext;
  readonly seen: Look;
  readonly server: ServerFacts;
  readonly expect: string | null;
}

/** true: so it is; null: nobody can tell. */
type Answer = readonly [ok: boolean | null, detail: string];

/** Answers one check from a look that was just made. Never throws for the world's faults. */
export async function answer(context: DriverContext, seen: Look, guard: Guard): Promise<Finding> {
  const { check } = guard;
  if (!isCheckId(check)) return { check, ok: null, detail: `the postgresql driver knows no check ${check}` };
  try {
    const expect = guard.expect ?? null;
    const ask = async (during: DriverContext) => answers[check]({ context: during, seen, server: seen.server, expect });
    // Two who ask may have seen different things before.
    const [ok, detail] = await (byTheLook.has(check)
      ? ask(context)
      : context.tool('check', ask, { of: `${check} ${expect}`, alone: true }));
    return { check, ok, detail };
  } catch (thrown) {
    // Findings are listed by node: its name once is enough.
    const { message } = toFailure(thrown);
    const prefix = `${context.settings.instance}: `;
    return { check, ok: null, detail: message.startsWith(prefix) ? message.slice(prefix.length) : message };
  }
}

function isCheckId(check: string): check is CheckId {
  return (checkIds as readonly string[]).includes(check);
}

/** For these nothing more is asked. */
const byTheLook: ReadonlySet<CheckId> = new Set([
  'role-is',
  'in-service',
  'member-in-service',
  'replication-streaming',
  'member-receives',
  'caught-up',
  'sync-satisfiable',
  'slots-sound',
  'version-is',
  'release-is',
  'can-follow',
  'has-replayed',
  'logical-slots-kept',
]);

const answers: Readonly<Record<CheckId, (question: Question) => Answer | Promise<Answer>>> = {
  'role-is': ({ server, expect }) => {
    const role = roleOf(server);
    return [role === expect, `it is a ${role}`];
  },
  'in-service': ({ server }) => serving(server),
  'member-in-service': ({ server, expect }) => memberServing(server, expect),
  'replication-streaming': ({ server }) => allStreaming(server),
  'member-receives': ({ server, expect }) => memberReceiving(server, expect),
  'caught-up': ({ server, expect }) => caughtUp(server, expect),
  'sync-satisfiable': ({ server, expect }) => satisfiable(server, expect),
  'slots-sound': ({ server }) => {
    const broken = server.slots.find((slot) => slot.walStatus === 'lost' || slot.walStatus === 'unreserved');
    return broken === undefined
      ? [true, 'no slot has lost WAL']
      : [false, `slot ${broken.name} is ${broken.walStatus}: set up anew who reads by it, then make the slot anew`];
  },
  'no-backup-running': ({ context, server }) => noBackup(context, server),
  'extensions-present': extensionsPresent,
  'no-ha-manager': async ({ context }) => {
    const found = await findHaManager(context);
    if (found === null) return [true, 'no HA manager was found'];
    return [false, `${found.manager} manages this server (${found.trace}); Drydock has no driver for it and must not work beside it`];
  },
  'settings-not-lower': settingsAfterRestart,
  'write-works': writeWorks,
  'version-is': ({ seen, expect }) => [seen.version === expect, `it runs ${seen.version ?? seen.server.serverVersion}`],
  'release-is': ({ context, expect }) => {
    const current = context.currentRelease === null ? null : basename(context.currentRelease);
    return [current === expect, `release ${current ?? 'none'} is activated`];
  },
  'readable-at-rest': ({ context, seen }) => rehearse(context, seen),
  'can-follow': ({ seen }) => [seen.followObstacle === null, seen.followObstacle ?? 'it could follow another member'],
  'has-replayed': ({ seen, expect }) => hasReplayed(seen, expect),
  'needs-no-reseed': ({ context, server }) => canGoOnFollowing(context, server),
  'wal-reaches-back': ({ context, expect }) => walReachesBack(context, expect),
  'archiver-keeps-up': ({ context, server }) => archiverKeepsUp(context, server.serverVersionNum),
  'no-long-transactions': ({ context, expect }) => noLongTransactions(context, expect),
  'receivers-keep-up': ({ context }) => receiversKeepUp(context),
  'logical-slots-kept': ({ server }) => {
    const lost = ownLogicalSlots(server).filter(({ failover }) => !failover);
    return lost.length === 0
      ? [true, 'it has no logical slot that no standby keeps a copy of']
      : [
          false,
          `${lost.map(({ name }) => name).join(', ')} would be lost with its role: no standby keeps a copy of a logical slot without failover`,
        ];
  },
  'can-start': async ({ context, expect }) => {
    const { ok, detail } = await canStart(context, expect);
    return [ok, detail];
  },
};

async function canGoOnFollowing(context: DriverContext, server: ServerFacts): Promise<Answer> {
  if (!server.inRecovery) return [true, 'it is a primary'];
  const { walReceiver, currentLsn, receivedLsn, timeline } = server;
  if (walReceiver?.status === 'streaming') return [true, 'it streams'];
  if (currentLsn === null) return [null, 'it has not replayed anything yet'];
  const parted = await divergenceOf(context, { timeline, lsn: receivedLsn === null ? currentLsn : laterLsn(currentLsn, receivedLsn) });
  if (parted !== null) return [false, `${parted}: it needs a new copy of its data`];
  const missing = await missingWalOf(context);
  if (missing !== null) return [false, `${missing} where it should come from: it needs a new copy of its data`];
  return [null, `it does not stream; whether the WAL from ${currentLsn} on is still there only the member it follows knows`];
}

/** Of the same database, and beyond the record at which the former primary stopped. */
function hasReplayed({ systemId, server }: Look, token: string | null): Answer {
  const stop = token === null ? null : parseStopPoint(token);
  if (stop === null) return [null, 'no stop to compare with was named'];
  if (systemId !== stop.systemId) return [false, `its system identifier is ${systemId}, not ${stop.systemId}`];
  if (server.currentLsn === null) return [null, 'it has not replayed anything yet'];
  // A position is where the next record begins: only beyond it the record itself was replayed.
  return [lsnDistance(stop.lsn, server.currentLsn) > 0, `it is at ${server.currentLsn}, the former primary stopped at ${stop.lsn}`];
}

export function roleOf(server: ServerFacts): 'primary' | 'standby' {
  return server.inRecovery ? 'standby' : 'primary';
}

/** Whether it serves what its role asks of it, as far as it can tell itself. */
export function serving(server: ServerFacts): Answer {
  if (!server.inRecovery) return [true, 'it accepts sessions and writes'];
  if (server.walReceiver?.status !== 'streaming' && holdsBack(server))
    return [true, `it accepts sessions and replays ${delayText(server.applyDelayMs)} late what it received, before it streams again`];
  if (server.walReceiver?.status !== 'streaming')
    return [false, `it accepts sessions, but does not stream (${server.walReceiver?.status ?? 'no WAL receiver'})`];
  return server.replayPaused ? [false, 'it streams, but its replay is paused'] : [true, 'it accepts sessions and streams'];
}

/** A standby that was restarted replays what lies in its WAL folder, under its delay, before it connects to its source. */
function holdsBack(server: ServerFacts): boolean {
  return isDelayed(server) && server.heldBack && !server.replayPaused;
}

function hasReceived(row: ReplicationRow): boolean {
  return row.state === 'streaming' && row.receivedLagBytes !== null && row.receivedLagBytes <= maxLagBytes;
}

export function isHealthy(row: ReplicationRow): boolean {
  return row.state === 'streaming' && row.lagBytes !== null && row.lagBytes <= maxLagBytes;
}

function rowText(row: ReplicationRow): string {
  return `${row.applicationName} is ${row.state}, ${row.lagBytes ?? 'an unknown number of'} bytes behind`;
}

/** Of a standby the row that this server has of it; of this standby's own source, that it streams from there. */
function memberServing(server: ServerFacts, member: string | null): Answer {
  if (member === null) return [null, 'no member was named'];
  const row = standbyRows(server).find((candidate) => candidate.applicationName === member);
  if (row !== undefined) return [isHealthy(row), rowText(row)];
  if (!server.inRecovery) return [false, `${member} does not stream from here`];
  const { walReceiver } = server;
  const from = `${walReceiver?.senderHost ?? 'its source'}:${walReceiver?.senderPort ?? '?'}`;
  return walReceiver?.status === 'streaming' ? [true, `WAL comes in from ${from}`] : [false, `no WAL comes in from ${from}`];
}

function memberReceiving(server: ServerFacts, member: string | null): Answer {
  const row = standbyRows(server).find((candidate) => candidate.applicationName === member);
  if (row === undefined)
    return [false, `${member} does not stream from here: it replays late on purpose, and connects when its delay has passed`];
  return [
    hasReceived(row),
    `${row.applicationName} is ${row.state}, ${row.receivedLagBytes ?? 'an unknown number of'} bytes are not received`,
  ];
}

function allStreaming(server: ServerFacts): Answer {
  if (server.inRecovery && server.walReceiver?.status !== 'streaming' && holdsBack(server))
    return [true, `it replays ${delayText(server.applyDelayMs)} late what it received, before it streams again`];
  if (server.inRecovery && server.walReceiver?.status !== 'streaming') return [false, 'it does not stream from its source'];
  const rows = standbyRows(server);
  const broken = rows.find((row) => row.state !== 'streaming');
  return broken === undefined ? [true, `${rows.length} standbys stream from here`] : [false, rowText(broken)];
}

function caughtUp(server: ServerFacts, delayed: string | null): Answer {
  const late = delayed?.split(',') ?? [];
  const behind = standbyRows(server).find((row) => !(late.includes(row.applicationName) ? hasReceived(row) : isHealthy(row)));
  if (behind !== undefined) return [false, rowText(behind)];
  if (!server.inRecovery) return [true, 'its standbys have caught up'];
  if (server.replayPaused) return [false, 'its replay is paused; run SELECT pg_wal_replay_resume()'];
  if (isDelayed(server)) return [true, `it replays ${delayText(server.applyDelayMs)} late on purpose`];
  if (server.receivedLsn === null || server.currentLsn === null) return [null, 'it has not received anything yet'];
  const lagBytes = lsnDistance(server.currentLsn, server.receivedLsn);
  return [lagBytes <= maxLagBytes, `${Math.max(0, lagBytes)} bytes are received and not replayed`];
}

function satisfiable(server: ServerFacts, out: string | null): Answer {
  if (server.inRecovery) return [true, 'commits do not wait on a standby'];
  const wanted = indispensable(server.synchronousStandbyNames, streamingNames(server));
  if (wanted === null) return [null, `synchronous_standby_names = '${server.synchronousStandbyNames}' cannot be read`];
  const hanging = out === null ? wanted[0] : wanted.find((name) => name === out);
  return hanging === undefined
    ? [true, 'commits go on without it']
    : [false, `commits would hang without ${hanging}: synchronous_standby_names = '${server.synchronousStandbyNames}'`];
}

async function extensionsPresent({ context, expect }: Question): Promise<Answer> {
  // The name came over the wire: only a plain folder name may become part of a path.
  if (expect !== null && !/^[A-Za-z0-9][A-Za-z0-9._+-]*$/.test(expect)) return [null, `"${expect}" is no name of a release`];
  const releaseDir = expect === null ? context.currentRelease : join(context.settings.releasesDir, expect);
  if (releaseDir === null) return [null, 'no release is activated'];
  const { ok, detail } = await librariesIn(context, releaseDir);
  return [ok, detail];
}

const fileSettingSchema = z.object({ name: z.string(), now: z.coerce.number(), next: z.coerce.number() });
const fileSettingsSql = `
SELECT s.name, s.setting AS now, f.setting AS next
FROM pg_file_settings f JOIN pg_settings s USING (name)
WHERE s.name = ANY ($1) AND f.setting ~ '^[0-9]+$' AND f.seqno = (SELECT max(seqno) FROM pg_file_settings l WHERE l.name = f.name)`;

/** With what is in its files now, a standby would start with limits below those it replays with. */
async function settingsAfterRestart({ context, server }: Question): Promise<Answer> {
  if (!server.inRecovery) return [true, 'a primary may lower its limits'];
  const rows = await inSharedSession(context, (session) => session.rows(fileSettingSchema, fileSettingsSql, [[...guardedSettings]]));
  const lowered = rows.find((row) => row.next < row.now);
  if (lowered === undefined) return [true, 'no limit was lowered in its files'];
  return [false, `${lowered.name} is ${lowered.now} now and ${lowered.next} in its files: after a restart replay could refuse; raise it`];
}

/** Less than the patience of a session: a commit that waits for its standbys any longer is rolled back from the server, too. */
const commitMs = 3_000;

/** A transactional message: a commit like any other, waiting for standbys as configured, that leaves nothing behind. */
async function writeWorks({ context, server }: Question): Promise<Answer> {
  if (server.inRecovery) return [true, 'a standby takes no writes'];
  return inOwnSession(context, async (session) => {
    const [own] = await session.rows(z.object({ pid: z.number() }), 'SELECT pg_backend_pid() AS pid');
    // statement_timeout does not reach a commit: without this, each try would leave a waiting server process behind.
    const patience = context.clock.after(commitMs, () => {
      const cancelled = inSharedSession(context, (other) => other.rows(z.object({}), 'SELECT pg_cancel_backend($1)', [own?.pid]));
      cancelled.catch(() => undefined);
    });
    try {
      await session.rows(z.object({}), `SELECT pg_logical_emit_message(true, 'drydock', 'write check')`);
    } finally {
      patience.cancel();
    }
    const [warning] = session.warnings;
    return warning === undefined ? [true, 'a transaction was committed'] : [false, `the commit came with a warning: ${warning}`];
  });
}
