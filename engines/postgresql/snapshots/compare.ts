/**
 * Compares two servers of which one is a physical copy of the other: a row lies in the same block on both, so tables are compared block
 * range by block range, by digests that each server makes itself. Nothing of the content leaves the servers.
 */
import { z } from 'zod';
import type { DriverContext } from '../../../common/driver.ts';
import { toFailure } from '../../../common/failure.ts';
import type { Session } from '../../kit/host/sql-sessions.ts';
import { inOwnSession } from '../host/connection.ts';
import { type Both, compareRows, ofBoth, type Range } from './rows.ts';

interface Comparison {
  /** One sentence; null: nothing that was compared differs. */
  readonly problem: string | null;
  readonly said: string;
}

interface Asked extends Pick<Both, 'frozen'> {
  progress(fraction: number, note: string): void;
}

/** Of a larger table so many blocks are compared, spread over it. */
const mostBlocks = 8_192;
const rangeBlocks = 1_024;
const mostMs = 5 * 60_000;

interface Tally {
  whole: number;
  partly: number;
  blocks: number;
  allBlocks: number;
  readonly changed: Set<string>;
  /** Locked by a transaction that goes on, on a standby that stands still perhaps for ever. */
  readonly locked: Set<string>;
}

const identitySchema = z.object({ system_id: z.string(), databases: z.array(z.string()), server_xid: z.string() });
const identitySql = `
SELECT (SELECT system_identifier::text FROM pg_control_system()) AS system_id,
  (SELECT coalesce(json_agg(datname::text ORDER BY datname), '[]') FROM pg_database WHERE datallowconn) AS databases,
  txid_snapshot_xmin(txid_current_snapshot())::text AS server_xid`;

export async function compareServers(source: DriverContext, copy: DriverContext, asked: Asked): Promise<Comparison> {
  const { frozen } = asked;
  const [ofSource, ofCopy] = await Promise.all([identityOf(source), identityOf(copy)]);
  const giveUpMs = source.clock.monotonicMs() + mostMs;
  const isOver = () => source.clock.monotonicMs() > giveUpMs || source.signal.aborted;
  const tally: Tally = { whole: 0, partly: 0, blocks: 0, allBlocks: 0, changed: new Set(), locked: new Set() };
  const comparing = { ...asked, isOver, tally, oldestXid: ofCopy.server_xid };
  const wrong = (problem: string): Comparison => ({ problem, said: '' });
  if (ofSource.system_id !== ofCopy.system_id)
    return wrong(`the system identifier of the copy is ${ofCopy.system_id}, that of the source is ${ofSource.system_id}`);
  if (frozen && ofSource.databases.join('\n') !== ofCopy.databases.join('\n'))
    return wrong(`the copy has the databases ${ofCopy.databases.join(', ')}, the source has ${ofSource.databases.join(', ')}`);
  const shared = ofCopy.databases.filter((name) => ofSource.databases.includes(name));
  for (const [at, database] of shared.entries()) {
    const problem = await inBoth(source, copy, database, (both) => compareDatabase({ ...comparing, ...both, database, first: at === 0 }));
    if (problem !== null) return wrong(problem);
  }
  return { problem: null, said: saidOf(tally, shared.length, frozen) };
}

const identityOf = (context: DriverContext) => inOwnSession(context, (session) => session.row(identitySchema, identitySql));

function saidOf({ whole, partly, blocks, allBlocks, changed, locked }: Tally, databases: number, frozen: boolean): string {
  const amount = `${databases} databases, ${whole} tables compared as a whole and ${partly} in part, ${blocks} of ${allBlocks} blocks`;
  const left = locked.size === 0 ? '' : `; not compared because they were locked: ${some(locked)}`;
  if (frozen) return `${amount}: all equal to the standby, which was paused at that position${left}`;
  if (changed.size === 0) return `${amount}: all equal; none changed in the meantime${left}`;
  return `${amount}: all equal; these changed in the meantime, so only their rows older than the snapshot's end were compared: ${some(changed)}${left}`;
}

function some(names: ReadonlySet<string>): string {
  const sorted = [...names].sort();
  return sorted.length > 5 ? `${sorted.slice(0, 5).join(', ')} and ${sorted.length - 5} more` : sorted.join(', ');
}

/** Text of values must not depend on who asks. */
const settleSql = `
SELECT set_config(name, value, false) FROM (VALUES ('statement_timeout', '0'), ('lock_timeout', '5s'), ('row_security', 'off'), ('datestyle', 'ISO'),
  ('timezone', 'UTC'), ('intervalstyle', 'iso_8601'), ('extra_float_digits', '3'), ('bytea_output', 'hex'), ('lc_monetary', 'C'), ('search_path', ''))
  AS setting (name, value)`;

type Sessions = Pick<Both, 'source' | 'copy'>;

async function inBoth<T>(source: DriverContext, copy: DriverContext, database: string, work: (both: Sessions) => Promise<T>): Promise<T> {
  const options = { database, statementMs: null };
  const settled = async (both: Sessions) => {
    for (const session of [both.source, both.copy]) await session.run(settleSql);
    return work(both);
  };
  const within = (one: Session) => inOwnSession(copy, (other) => settled({ source: one, copy: other }), options);
  return inOwnSession(source, within, options);
}

interface DatabaseProbe extends Both, Asked {
  readonly database: string;
  readonly tally: Tally;
  /** Catalogs that all databases share are compared in the first one. */
  readonly first: boolean;
  /** The time for it all, or the asking. */
  isOver(): boolean;
}

const tableSchema = z.object({
  oid: z.string(),
  schema: z.string(),
  name: z.string(),
  kind: z.string(),
  shared: z.boolean(),
  heap: z.boolean(),
  file: z.string().nullable(),
  columns: z.string(),
});
type Table = z.infer<typeof tableSchema>;

const tablesSql = `
SELECT c.oid::text, n.nspname::text AS schema, c.relname::text AS name, c.relkind::text AS kind, c.relisshared AS shared,
  coalesce(a.amname = 'heap', true) AS heap, pg_relation_filenode(c.oid)::text AS file,
  (SELECT coalesce(string_agg(format('%s %s %s %s', t.attnum, t.attname, t.atttypid, t.attnotnull), ',' ORDER BY t.attnum), '')
    FROM pg_catalog.pg_attribute t WHERE t.attrelid = c.oid AND t.attnum > 0 AND NOT t.attisdropped) AS columns
FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_catalog.pg_am a ON a.oid = c.relam
WHERE c.relkind IN ('r', 'm', 'S') AND c.relpersistence = 'p' ORDER BY n.nspname, c.relname`;

async function compareDatabase(probe: DatabaseProbe): Promise<string | null> {
  const [ofSource, ofCopy] = await ofBoth(probe, tablesOf);
  const bySource = new Map(ofSource.map((table) => [table.oid, table]));
  if (probe.frozen && ofSource.length !== ofCopy.length)
    return `database ${probe.database} has ${ofCopy.length} tables in the copy and ${ofSource.length} in the source`;
  for (const [at, table] of ofCopy.entries()) {
    probe.progress(at / ofCopy.length, `${probe.database}: ${table.schema}.${table.name}`);
    const problem = await compareTable(probe, table, bySource.get(table.oid));
    if (problem !== null) return `${probe.database}: ${problem}`;
  }
  return null;
}

const tablesOf = (session: Session): Promise<readonly Table[]> => session.rows(tableSchema, tablesSql);

async function compareTable(probe: DatabaseProbe, table: Table, source: Table | undefined): Promise<string | null> {
  const { frozen, tally, database } = probe;
  const name = `${table.schema}.${table.name}`;
  if (source === undefined || !isSame(source, table) || source.name !== table.name) {
    if (frozen) return `${name} is another table in the source than in the copy`;
    tally.changed.add(`${database} ${name}`);
    return null;
  }
  // A sequence is changed in place; so are some columns of catalogs, which compareRows leaves out.
  if ((table.shared && !probe.first) || !table.heap || (table.kind === 'S' && !frozen)) return null;
  try {
    return await compareContent(probe, table, name);
  } catch (thrown) {
    if (!/lock timeout/.test(toFailure(thrown).message)) throw thrown;
    tally.locked.add(`${database} ${name}`);
    return null;
  }
}

/** Neither rewritten nor altered. */
const isSame = (one: Table, other: Table): boolean => one.file === other.file && one.columns === other.columns;

async function compareContent(probe: DatabaseProbe, table: Table, name: string): Promise<string | null> {
  const { frozen, tally, database } = probe;
  const [ofSource, ofCopy] = await ofBoth(probe, (session) => blocksOf(session, table));
  if (frozen && ofSource !== ofCopy) return `${name} has ${ofCopy} blocks in the copy and ${ofSource} in the source`;
  // A file that is missing counts as no blocks: what the source has there must be looked for, too.
  const blocks = Math.max(ofSource, ofCopy);
  tally.allBlocks += blocks;
  let complete = blocks <= mostBlocks;
  for (const range of rangesOf(blocks)) {
    if (probe.isOver()) {
      complete = false;
      break;
    }
    const differs = await compareRows(probe, table, range);
    tally.blocks += range.to - range.from;
    if (differs === null) continue;
    if (differs.problem !== null && (frozen || (await isAsItWas(probe, table)))) return differs.problem;
    tally.changed.add(`${database} ${name}`);
  }
  tally[complete ? 'whole' : 'partly'] += 1;
  return null;
}

async function blocksOf(session: Session, { oid }: Table): Promise<number> {
  const sql = `SELECT coalesce(pg_relation_size($1::oid), 0) / current_setting('block_size')::int8`;
  return (await session.value(z.coerce.number(), sql, [oid])) ?? 0;
}

/** A table that was rewritten or altered between the list and the probe has rows that say nothing. */
async function isAsItWas({ source }: DatabaseProbe, table: Table): Promise<boolean> {
  const now = (await tablesOf(source)).find(({ oid }) => oid === table.oid);
  return now !== undefined && isSame(now, table);
}

/** All blocks of a small table; of a large one equal ranges, spread from its first block to its last. */
function rangesOf(blocks: number): readonly Range[] {
  const wanted = Math.min(blocks, mostBlocks);
  const count = Math.ceil(wanted / rangeBlocks);
  return Array.from({ length: count }, (_, at) => {
    const from = blocks <= mostBlocks ? at * rangeBlocks : Math.round((at * (blocks - rangeBlocks)) / (count - 1));
    return { from, to: Math.min(blocks, from + rangeBlocks) };
  });
}
