/** PURE. Names and positions in the WAL, and the two small files by which a base backup knows where it began. */

/** A position as a number: `1/2000028` is 4328521768. */
export function lsnValue(lsn: string): bigint {
  const [high = '0', low = '0'] = lsn.split('/');
  return (BigInt(`0x${high}`) << 32n) + BigInt(`0x${low}`);
}

export const lsnText = (value: bigint): string => `${(value >> 32n).toString(16)}/${(value & 0xffff_ffffn).toString(16)}`.toUpperCase();

/** Bytes from one WAL position to a later one; negative when it is earlier. */
export const lsnDistance = (from: string, to: string): number => Number(lsnValue(to) - lsnValue(from));

/** The later of two WAL positions. */
export const laterLsn = (a: string, b: string): string => (lsnDistance(a, b) > 0 ? b : a);

/** Number of the segment that holds the byte at this position. */
export const segmentOf = (lsn: string, segmentBytes: number): bigint => lsnValue(lsn) / BigInt(segmentBytes);

/** Number of the segment that holds the last byte before this position. */
export const lastSegmentOf = (endLsn: string, segmentBytes: number): bigint => (lsnValue(endLsn) - 1n) / BigInt(segmentBytes);

/** File name of a segment: timeline, then the position in two halves. Source: XLogFileName in xlog_internal.h. */
export function segmentName(timeline: number, segment: bigint, segmentBytes: number): string {
  const perHigh = 0x1_0000_0000n / BigInt(segmentBytes);
  const hex = (value: bigint) => value.toString(16).toUpperCase().padStart(8, '0');
  return `${hex(BigInt(timeline))}${hex(segment / perHigh)}${hex(segment % perHigh)}`;
}

/** Where a segment begins, by its name without the timeline. */
export const lsnOfSegment = (name: string, segmentBytes: number): string =>
  lsnText((BigInt(`0x${name.slice(0, 8)}`) << 32n) + BigInt(`0x${name.slice(8)}`) * BigInt(segmentBytes));

/** Names of all segments with WAL from one position to another, oldest first. */
export function segmentsBetween(timeline: number, startLsn: string, endLsn: string, segmentBytes: number): readonly string[] {
  const [first, last] = [segmentOf(startLsn, segmentBytes), lastSegmentOf(endLsn, segmentBytes)];
  return Array.from({ length: Math.max(0, Number(last - first) + 1) }, (_, at) => segmentName(timeline, first + BigInt(at), segmentBytes));
}

/** `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)` of backup_label; null: it is none. */
export function parseBackupLabel(text: string): { readonly startLsn: string; readonly timeline: number } | null {
  const match = /^START WAL LOCATION: ([0-9A-F]+\/[0-9A-F]+) \(file ([0-9A-F]{8})[0-9A-F]{16}\)$/m.exec(text);
  if (match?.[1] === undefined || match[2] === undefined) return null;
  return { startLsn: match[1], timeline: Number.parseInt(match[2], 16) };
}

export interface Tablespace {
  readonly oid: string;
  readonly path: string;
}

/** A line of tablespace_map; the server reads a backslash before each end of line or backslash in a path. */
export const tablespaceMap = (tablespaces: readonly Tablespace[]): string =>
  tablespaces.map(({ oid, path }) => `${oid} ${path.replaceAll(/[\\\n\r]/g, (each) => `\\${each}`)}\n`).join('');

/** Files and folders of a data directory that a base backup leaves out, by the path within it. Source: basebackup.c. */
export function leftOut(relative: string): boolean {
  const [top = '', ...below] = relative.split('/');
  const name = below.at(-1) ?? top;
  if (name.startsWith('pgsql_tmp') || name.startsWith('pg_internal.init') || top.startsWith('.drydock-')) return true;
  if (below.length > 0) return emptied.includes(top) || relative === controlFile;
  return leftOutFiles.includes(top) || top.endsWith('.signal') || top.startsWith('drydock.');
}

/** Copied last of all: replay of a standby's backup ends where this file says. */
export const controlFile = 'global/pg_control';

/** The folders stay, their content goes. */
const emptied = ['pg_wal', 'pg_replslot', 'pg_stat_tmp', 'pg_subtrans', 'pg_notify', 'pg_serial', 'pg_snapshots', 'pg_dynshmem'];
const leftOutFiles = [
  ...['postmaster.pid', 'postmaster.opts', 'recovery.conf', 'backup_manifest', 'current_logfiles'],
  ...['backup_label', 'tablespace_map'].flatMap((name) => [name, `${name}.old`]),
];
