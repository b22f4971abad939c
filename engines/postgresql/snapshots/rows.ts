/** Rows of one block range on both servers: by one digest each, and row by row where a source that goes on has other rows by now. */
import { z } from 'zod';
import type { Session } from '../../kit/host/sql-sessions.ts';

/** Both servers, and how they are compared. */
export interface Both {
  readonly source: Session;
  readonly copy: Session;
  /** The source stands still at the copy's position: everything must be equal. */
  readonly frozen: boolean;
  /** Every transaction before this one had ended when the copy stopped. */
  readonly oldestXid: string;
}

interface TableNamed {
  /** As in pg_class: `r` table, `m` materialized view, `S` sequence. */
  readonly kind: string;
  readonly schema: string;
  readonly name: string;
}

/** Blocks `from` up to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Rows of so few blocks are fetched at once. */
const fewBlocks = 64;

export const ofBoth = <T>({ source, copy }: Both, ask: (session: Session) => Promise<T>): Promise<[ofSource: T, ofCopy: T]> =>
  Promise.all([ask(source), ask(copy)]);

const sumSchema = z.object({ rows: z.string(), digest: z.string() });
const rowSchema = z.object({ at: z.string(), xmin: z.string(), digest: z.string(), old: z.boolean() });
type Row = z.infer<typeof rowSchema>;

/** null: equal. `problem`: a row that must be equal is not; null: only rows that came or went meanwhile. */
export async function compareRows(both: Both, table: TableNamed, range: Range): Promise<{ readonly problem: string | null } | null> {
  const sql = sumSql(table, await hashOf(both), both.frozen);
  const [ofSource, ofCopy] = await ofBoth(both, (session) => session.row(sumSchema, sql, limitsOf(range)));
  if (ofSource.rows === ofCopy.rows && ofSource.digest === ofCopy.digest) return null;
  const name = `${table.schema}.${table.name}`;
  if (both.frozen) return { problem: `${name} differs in blocks ${range.from} to ${range.to - 1}: the copy differs from its source` };
  for (let from = range.from; from < range.to; from += fewBlocks) {
    const problem = await differingRow(both, table, { from, to: Math.min(range.to, from + fewBlocks) });
    if (problem !== null) return { problem: `${name}: ${problem}` };
  }
  return { problem: null };
}

/**
 * A row version keeps its place and its transaction as long as it lives. So one that both have must be equal, and one that is older than the
 * copy's end and still there on the source must be in the copy.
 */
async function differingRow(both: Both, table: TableNamed, range: Range): Promise<string | null> {
  const sql = rowsSql(table, await hashOf(both));
  const [ofSource, ofCopy] = await ofBoth(both, (session) => session.rows(rowSchema, sql, [...limitsOf(range), both.oldestXid]));
  const known = new Map(ofCopy.map((row) => [row.at, row]));
  const wrong = ofSource.find((row) => isWrong(row, known.get(row.at)));
  if (wrong === undefined) return null;
  return known.has(wrong.at) ? `the row at ${wrong.at} differs in the copy` : `the row at ${wrong.at} is missing in the copy`;
}

const isWrong = (row: Row, inCopy: Row | undefined): boolean => (inCopy?.xmin === row.xmin ? inCopy.digest !== row.digest : row.old);

async function hashOf({ source }: Both): Promise<string> {
  const isExtended = await source.value(z.boolean(), `SELECT current_setting('server_version_num')::int >= 110000`);
  return isExtended === true ? `pg_catalog.hashtextextended(%s COLLATE "C", 0)` : `pg_catalog.hashtext(%s COLLATE "C")`;
}

/** Of these catalogs the server itself changes some columns in place, which leaves no trace in the row's transaction. */
const lasting: Readonly<Record<string, string>> = {
  'pg_catalog.pg_class': 'ROW(r.oid, r.relname, r.relnamespace, r.reltype, r.relowner, r.relkind, r.relnatts, r.relpersistence)',
  'pg_catalog.pg_database': 'ROW(r.oid, r.datname, r.datdba, r.encoding)',
};

function contentOf(table: TableNamed, frozen: boolean): string {
  // A sequence is a table of one row that has no type.
  if (table.kind === 'S') return '(ROW(r.last_value, r.log_cnt, r.is_called)::text)';
  const some = frozen ? undefined : lasting[`${table.schema}.${table.name}`];
  return `((${some ?? 'r.*'})::text)`;
}

const identifier = (name: string) => `"${name.replaceAll('"', '""')}"`;
const from = (table: TableNamed) =>
  `FROM ONLY ${identifier(table.schema)}.${identifier(table.name)} AS r WHERE r.ctid >= $1::tid AND r.ctid < $2::tid`;
const limitsOf = (range: Range) => [`(${range.from},0)`, `(${range.to},0)`];

function sumSql(table: TableNamed, hash: string, frozen: boolean): string {
  const digest = hash.replace('%s', `(r.ctid::text || ' ' || ${contentOf(table, frozen)})`);
  return `SELECT count(*)::text AS rows, coalesce(sum(${digest}::numeric), 0)::text AS digest ${from(table)}`;
}

/**
 * `old`: of a transaction before the one given, by the shortest way round of 32 bits. So a row that is older than that way can tell looks
 * young, never the other way round.
 */
function rowsSql(table: TableNamed, hash: string): string {
  const digest = hash.replace('%s', contentOf(table, false));
  const old = '((r.xmin::text::int8 - $3::int8 % 4294967296 + 6442450944) % 4294967296 < 2147483648)';
  return `SELECT r.ctid::text AS at, r.xmin::text AS xmin, ${digest}::text AS digest, ${old} AS old ${from(table)}`;
}
