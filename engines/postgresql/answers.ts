/** What one probe of a server comes to, check by check. Each says in one sentence what was seen. PURE. */
import type { Answer } from '../kit/pure/checks.ts';
import {
  delayText,
  isDelayed,
  maxLagBytes,
  type ReplicationRow,
  type ServerFacts,
  type ServerSeen,
  standbyNamed,
  standbyRows,
  streamingNames,
} from './facts.ts';
import { parseStopPoint } from './probe.ts';
import { indispensable } from './switchover/sync-names.ts';
import { lsnDistance } from './wal.ts';

/** Whether it serves what its role asks of it, as far as it can tell itself. */
export function serving(server: ServerFacts): Answer {
  const sessions = 'it accepts sessions';
  if (!server.inRecovery) return [true, `${sessions} and writes`];
  if (server.walReceiver?.status === 'streaming')
    return server.replayPaused ? [false, 'it streams, but its replay is paused'] : [true, `${sessions} and streams`];
  if (holdsBack(server)) return [true, `${sessions} and ${replaysLate(server)}`];
  return [false, `${sessions}, but does not stream (${server.walReceiver?.status ?? 'no WAL receiver'})`];
}

/** A standby that was restarted replays what lies in its WAL folder, under its delay, before it connects to its source. */
const holdsBack = (server: ServerFacts): boolean => isDelayed(server) && server.heldBack && !server.replayPaused;

const replaysLate = ({ applyDelayMs }: ServerFacts): string =>
  `replays what it received with its delay of ${delayText(applyDelayMs)}, before it streams again`;

/** `lagBytes`: what it is judged by. */
const isStreaming = ({ state }: ReplicationRow, lagBytes: number | null): boolean =>
  state === 'streaming' && lagBytes !== null && lagBytes <= maxLagBytes;

const hasReceived = (row: ReplicationRow): boolean => isStreaming(row, row.receivedLagBytes);
export const isHealthy = (row: ReplicationRow): boolean => isStreaming(row, row.lagBytes);

const rowText = (row: ReplicationRow): string =>
  `${row.applicationName} is ${row.state}, ${row.lagBytes ?? 'an unknown number of'} bytes behind`;

/** Of a standby the row that this server has of it; of this standby's own source, that it streams from there. */
export function memberServing(server: ServerFacts, member: string | null): Answer {
  if (member === null) return [null, 'no member was named'];
  const row = standbyNamed(server, member);
  if (row !== undefined) return [isHealthy(row), rowText(row)];
  if (!server.inRecovery) return [false, `${member} does not stream from here`];
  const { walReceiver } = server;
  const from = `${walReceiver?.senderHost ?? 'its source'}:${walReceiver?.senderPort ?? '?'}`;
  return walReceiver?.status === 'streaming' ? [true, `it receives WAL from ${from}`] : [false, `it receives no WAL from ${from}`];
}

export function memberReceiving(server: ServerFacts, member: string | null): Answer {
  const row = standbyNamed(server, member);
  if (row === undefined)
    return [false, `${member} does not stream from here: its replay is delayed on purpose, and it reconnects when the delay has passed`];
  const missing = `${row.receivedLagBytes ?? 'an unknown number of'} bytes not yet received`;
  return [hasReceived(row), `${row.applicationName} is ${row.state}, ${missing}`];
}

export function allStreaming(server: ServerFacts): Answer {
  if (server.inRecovery && server.walReceiver?.status !== 'streaming')
    return holdsBack(server) ? [true, `it ${replaysLate(server)}`] : [false, 'it does not stream from its source'];
  const rows = standbyRows(server);
  const broken = rows.find((row) => row.state !== 'streaming');
  return broken === undefined ? [true, `${rows.length} standbys stream from here`] : [false, rowText(broken)];
}

export function caughtUp(server: ServerFacts, delayed: string | null): Answer {
  const late = delayed?.split(',') ?? [];
  const behind = standbyRows(server).find((row) => !(late.includes(row.applicationName) ? hasReceived(row) : isHealthy(row)));
  if (behind !== undefined) return [false, rowText(behind)];
  if (!server.inRecovery) return [true, 'its standbys have caught up'];
  if (server.replayPaused) return [false, 'its replay is paused; run SELECT pg_wal_replay_resume()'];
  if (isDelayed(server)) return [true, `its replay is delayed by ${delayText(server.applyDelayMs)} on purpose`];
  if (server.receivedLsn === null || server.currentLsn === null) return [null, 'it has not received anything yet'];
  const lagBytes = lsnDistance(server.currentLsn, server.receivedLsn);
  return [lagBytes <= maxLagBytes, `${Math.max(0, lagBytes)} bytes are received but not replayed`];
}

export function satisfiable(server: ServerFacts, out: string | null): Answer {
  if (server.inRecovery) return [true, 'it is a standby, where no commit waits'];
  const setting = `synchronous_standby_names = '${server.synchronousStandbyNames}'`;
  const wanted = indispensable(server.synchronousStandbyNames, streamingNames(server));
  if (wanted === null) return [null, `${setting} cannot be parsed`];
  const hanging = out === null ? wanted[0] : wanted.find((name) => name === out);
  return hanging === undefined ? [true, 'commits continue without it'] : [false, `commits would hang without ${hanging}: ${setting}`];
}

export function slotsSound({ slots }: ServerFacts): Answer {
  const broken = slots.find(({ walStatus }) => walStatus === 'lost' || walStatus === 'unreserved');
  if (broken === undefined) return [true, 'no slot has lost WAL'];
  return [false, `slot ${broken.name} is ${broken.walStatus}: re-create its consumer, then the slot`];
}

/** Of the same database, and beyond the record at which the former primary stopped. */
export function hasReplayed({ systemId, server }: ServerSeen, token: string | null): Answer {
  const stop = parseStopPoint(token);
  if (stop === null) return [null, 'no stop position was given to compare with'];
  if (systemId !== stop.systemId) return [false, `its system identifier is ${systemId}, not ${stop.systemId}`];
  if (server.currentLsn === null) return [null, 'it has not replayed anything yet'];
  // A position is where the next record begins: only beyond it the record itself was replayed.
  return [lsnDistance(stop.lsn, server.currentLsn) > 0, `it is at ${server.currentLsn}, the former primary stopped at ${stop.lsn}`];
}
