/** Parsers of what PostgreSQL's programs, settings and files say. Unknown forms give null, never a guess. */
import { guardedSettings, type ServerFacts } from './facts.ts';
import { postgresqlScheme } from './scheme.ts';
import { lsnText } from './wal.ts';

/** `postgres (PostgreSQL) 16.4 (Debian 16.4-1.pgdg120+1)` as `postgres --version` prints it: the canonical version. */
export const parseProgramVersion = (output: string): string | null =>
  postgresqlScheme.parse(/^postgres \(PostgreSQL\) (\S+)/.exec(output.trim())?.[1] ?? '');

/** `16.4 (Debian 16.4-1.pgdg120+1)` as SHOW server_version answers it: the canonical version. */
export const parseServerVersion = (text: string): string | null => postgresqlScheme.parse(text.trim().split(/\s/)[0] ?? '');

/** DATA/PG_VERSION: the major that the files are of, `16` or `9.6`. */
export function parseMajor(text: string): string | null {
  const major = text.trim();
  return postgresqlScheme.isSeries(major) ? major : null;
}

export interface PostmasterPid {
  readonly pid: number;
  readonly dataDir: string;
  readonly port: number | null;
  /** `starting`, `stopping`, `ready`, `standby`; null: the server has not written it yet. */
  readonly status: string | null;
}

/** DATA/postmaster.pid, one value a line; null when the first line is no process id. Source: src/include/utils/pidfile.h. */
export function parsePostmasterPid(text: string): PostmasterPid | null {
  const [pid, dataDir, , port, , , , status] = text.split('\n').map((line) => line.trim());
  if (pid === undefined || !/^-?[1-9][0-9]*$/.test(pid) || dataDir === undefined) return null;
  return {
    // Negative when a single-user server holds the folder.
    pid: Math.abs(Number(pid)),
    dataDir,
    port: port === undefined || port === '' ? null : Number(port),
    status: status === undefined || status === '' ? null : status,
  };
}

/** Values of a connection string: `host=127.0.0.1 application_name='pg 2'`. Null when it is malformed. Source: libpq, conninfo. */
export function parseConninfo(text: string): ReadonlyMap<string, string> | null {
  const values = new Map<string, string>();
  const pair = /\s*([a-z_]+)\s*=\s*(?:'((?:[^'\\]|\\.)*)'|((?:[^\s'\\]|\\.)*))(?=\s|$)/y;
  const trimmed = text.trim();
  while (pair.lastIndex < trimmed.length) {
    const match = pair.exec(trimmed);
    if (match?.[1] === undefined) return null;
    values.set(match[1], (match[2] ?? match[3] ?? '').replaceAll(/\\(.)/g, '$1'));
  }
  return values;
}

const clusterStates = [
  'starting up',
  'shut down',
  'shut down in recovery',
  'shutting down',
  'in crash recovery',
  'in archive recovery',
  'in production',
] as const;
export type ClusterState = (typeof clusterStates)[number];

/** The head of DATA/global/pg_control. */
export interface ControlFile {
  readonly systemId: string;
  readonly state: ClusterState;
  /** Where the newest checkpoint's record begins. */
  readonly checkpointLsn: string;
  readonly timeline: number;
  /** Of the primary that wrote the WAL replayed last, which a standby must not be below. */
  readonly limits: ServerFacts['settings'];
}

/** Formats of versions 12, 13 to 16, 17 and 18 (pg_control_version): what is read of them here lies at the same place. Source: src/include/catalog/pg_control.h. */
const controlVersions: readonly number[] = [1201, 1300, 1700, 1800];

/** Bytes of the file that parseControlFile needs. */
export const controlFileBytes = 200;

/** DATA/global/pg_control from its first bytes; null for a format that is not known. Written in the machine's byte order: little here. */
export function parseControlFile(head: Uint8Array): ControlFile | null {
  const bytes = Buffer.from(head);
  if (bytes.length < controlFileBytes || !controlVersions.includes(bytes.readUInt32LE(8))) return null;
  const state = clusterStates[bytes.readUInt32LE(16)];
  const timeline = bytes.readUInt32LE(48);
  if (state === undefined || timeline === 0) return null;
  // In the order of the settings' list.
  const limits = Object.fromEntries(guardedSettings.map((name, at) => [name, bytes.readInt32LE(180 + 4 * at)])) as ServerFacts['settings'];
  return { systemId: String(bytes.readBigUInt64LE(0)), state, checkpointLsn: lsnText(bytes.readBigUInt64LE(32)), timeline, limits };
}

/** A timeline's past: which timelines it came from, and where each of them ended for it. */
export type TimelineHistory = readonly { readonly timeline: number; readonly endLsn: string }[];

/** A `0000000N.history` file of DATA/pg_wal; null when a line is malformed. Source: src/backend/access/transam/timeline.c. */
export function parseTimelineHistory(text: string): TimelineHistory | null {
  const history = [];
  for (const line of text.split('\n')) {
    if (/^\s*(#|$)/.test(line)) continue;
    const match = /^\s*([0-9]+)\s+([0-9A-Fa-f]{1,8}\/[0-9A-Fa-f]{1,8})(\s|$)/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) return null;
    history.push({ timeline: Number(match[1]), endLsn: match[2].toUpperCase() });
  }
  return history;
}

/** Where a member stopped for good as the primary: `0/3000148:1:7710486688620713250`, position, timeline, system identifier. */
export interface StopPoint {
  readonly lsn: string;
  readonly timeline: number;
  readonly systemId: string;
}

export const printStopPoint = ({ lsn, timeline, systemId }: StopPoint): string => `${lsn}:${timeline}:${systemId}`;

/** null: it is not recorded where it stopped. */
export function parseStopPoint(token: string | null): StopPoint | null {
  const match = /^([0-9A-F]{1,8}\/[0-9A-F]{1,8}):([1-9][0-9]{0,9}):([0-9]{1,20})$/.exec(token ?? '');
  if (match?.[1] === undefined || match[3] === undefined) return null;
  return { lsn: match[1], timeline: Number(match[2]), systemId: match[3] };
}

/** Libraries that a setting such as shared_preload_libraries names: `'pg_stat_statements, "my lib"'`. */
export function parseLibraryList(setting: string): readonly string[] {
  return setting
    .split(',')
    .map((name) => name.trim().replaceAll(/^"|"$/g, ''))
    .filter((name) => name !== '');
}
