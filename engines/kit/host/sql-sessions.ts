/**
 * SQL sessions of a driver whose database speaks PostgreSQL's protocol. One is kept for a moment between probes, because a turn asks many small
 * questions in a row; proofs about a new life of the server always open their own. The client library is loaded when the first one is opened.
 */
import type { Client } from 'pg';
import { z } from 'zod';
import type { Timer } from '../../../common/clock.ts';
import type { DriverContext, InstanceSettings } from '../../../common/driver.ts';
import { FailureError, fail } from '../../../common/failure.ts';
import { notListening } from './asking.ts';
import { passwordIn } from './connection.ts';

const connectMs = 2_000;
/** Shorter than the agent's patience for one probe, so that a hanging statement is answered by its own error. */
const statementMs = 4_000;
const keptMs = 1_000;

/** Each runs one statement; FailureError(failed, `sql-failed`) with the server's words. */
export interface Sql {
  rows<Row>(schema: z.ZodType<Row>, sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** The first row. Throws `sql-failed` where there is none. */
  row<Row>(schema: z.ZodType<Row>, sql: string, values?: readonly unknown[]): Promise<Row>;
  /** What stands first in the first row; null: there is none. */
  value<T>(schema: z.ZodType<T>, sql: string, values?: readonly unknown[]): Promise<T | null>;
  /** Whatever it answers. */
  run(sql: string, values?: readonly unknown[]): Promise<void>;
}

export interface Session extends Sql {
  /** Warnings that the server sent in this session. */
  readonly warnings: readonly string[];
}

interface OpenSession extends Session {
  readonly isAlive: () => boolean;
  close(): Promise<void>;
}

/** Something listens and takes no sessions now: starting, stopping, recovering, full, or another password. */
const notAccepting = 'not-accepting';

/** Where and as whom a session is opened; the password is the first line of its file. */
export interface SqlConnection {
  /** A host name or address, or the folder of the unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly database: string;
  readonly passwordFile?: string | undefined;
}

interface SqlForm {
  /** As sentences call it. */
  readonly product: string;
  connectionOf(settings: InstanceSettings): SqlConnection;
}

export interface SqlSessions {
  /** Opens a session for this one piece of work. `statementMs: null` for work that may take long. */
  inOwnSession<T>(
    context: DriverContext,
    work: (session: Session) => Promise<T>,
    options?: { readonly database?: string; readonly statementMs?: null },
  ): Promise<T>;
  /** Uses the kept session, or opens it. A session that the server had ended meanwhile is replaced once. */
  inSharedSession<T>(context: DriverContext, work: (session: Session) => Promise<T>): Promise<T>;
  /** The same for statements that have nothing to do with each other. */
  shared(context: DriverContext): Sql;
}

const anyRow = z.record(z.string(), z.unknown());

function sqlBy(rows: Sql['rows']): Sql {
  return {
    rows,
    async row(schema, sql, values) {
      const [row] = await rows(schema, sql, values);
      if (row === undefined) throw fail('failed', 'sql-failed', `the server returned no row for ${sql.trim().slice(0, 60)}`);
      return row;
    },
    async value(schema, sql, values) {
      const [row] = await rows(anyRow, sql, values);
      return row === undefined ? null : schema.parse(Object.values(row)[0]);
    },
    run: async (sql, values) => void (await rows(anyRow, sql, values)),
  };
}

interface Kept {
  readonly session: Promise<OpenSession>;
  /** After this a new one is opened: an old session would go on answering while the server takes no new ones. */
  readonly untilMs: number;
  users: number;
  farewell: Timer | null;
}

const kept = new WeakMap<InstanceSettings, Kept>();

export function sqlSessions({ product, connectionOf }: SqlForm): SqlSessions {
  const keepNew = (context: DriverContext): Kept => {
    const untilMs = context.clock.monotonicMs() + keptMs;
    const entry: Kept = { session: open(context, product, connectionOf(context.settings)), untilMs, users: 0, farewell: null };
    kept.set(context.settings, entry);
    return entry;
  };
  const sessions: SqlSessions = {
    shared: (context) => sqlBy((schema, sql, values) => sessions.inSharedSession(context, (session) => session.rows(schema, sql, values))),
    async inOwnSession(context, work, options = {}) {
      const connection = connectionOf(context.settings);
      const database = options.database ?? connection.database;
      const session = await open(context, product, { ...connection, database }, options.statementMs);
      // The work itself may wait for long; a stopping agent does not.
      try {
        return await closedOnAbort(context, session, work);
      } finally {
        // Its answer is there: nothing waits for the farewell, least of all a downtime.
        void session.close();
      }
    },
    async inSharedSession(context, work) {
      const before = currentOf(context);
      const entry = before ?? keepNew(context);
      try {
        return await using(context, entry, work);
      } catch (thrown) {
        const session = await entry.session.catch(() => null);
        if (before === null || session?.isAlive() === true) throw thrown;
        return using(context, currentOf(context) ?? keepNew(context), work);
      }
    },
  };
  return sessions;
}

function currentOf(context: DriverContext): Kept | null {
  const entry = kept.get(context.settings);
  if (entry === undefined) return null;
  if (context.clock.monotonicMs() < entry.untilMs) return entry;
  retire(context.settings, entry);
  return null;
}

async function using<T>(context: DriverContext, entry: Kept, work: (session: Session) => Promise<T>): Promise<T> {
  entry.users += 1;
  entry.farewell?.cancel();
  let alive = false;
  try {
    const session = await entry.session;
    // Who shares it opens another one: the statement that hangs would let none of theirs through.
    try {
      return await closedOnAbort(context, session, work);
    } finally {
      alive = session.isAlive();
    }
  } finally {
    entry.users -= 1;
    const isCurrent = kept.get(context.settings) === entry;
    if (!alive || !isCurrent) retire(context.settings, entry);
    else if (entry.users === 0) entry.farewell = context.clock.after(keptMs, () => retire(context.settings, entry));
  }
}

async function closedOnAbort<T>({ signal }: DriverContext, session: OpenSession, work: (session: Session) => Promise<T>): Promise<T> {
  const abandon = () => void session.close();
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await work(session);
  } finally {
    signal.removeEventListener('abort', abandon);
  }
}

/** No new asker gets it; it is closed when its last user is done. */
function retire(settings: InstanceSettings, entry: Kept): void {
  if (kept.get(settings) === entry) kept.delete(settings);
  if (entry.users > 0) return;
  void entry.session.then(
    (session) => session.close(),
    () => undefined,
  );
}

async function open(
  context: DriverContext,
  product: string,
  connection: SqlConnection,
  limitMs: number | null = statementMs,
): Promise<OpenSession> {
  const password = await passwordOf(context, connection);
  const { Client: PgClient } = await import('pg');
  const client = new PgClient({
    host: connection.host,
    port: connection.port,
    user: connection.user,
    database: connection.database,
    connectionTimeoutMillis: connectMs,
    ...(limitMs === null ? {} : { statement_timeout: limitMs, query_timeout: limitMs + 500 }),
    ...(password === null ? {} : { password }),
  });
  const place = `${connection.host}:${connection.port}`;
  const state = { alive: true };
  const warnings: string[] = [];
  // An error outside a query would end the program if nothing listened; the next query tells it anyway.
  client.on('error', () => (state.alive = false));
  client.on('end', () => (state.alive = false));
  client.on('notice', (notice) => {
    if (notice.severity === 'WARNING') warnings.push(notice.message ?? 'a warning without text');
  });
  try {
    await client.connect();
  } catch (thrown) {
    await client.end().catch(() => undefined);
    throw connectFailure(thrown, place);
  }
  return {
    ...sqlOf(client, state, `${product} at ${place}`),
    warnings,
    isAlive: () => state.alive,
    close: () => closeQuietly(client, state),
  };
}

const passwordOf = async (context: DriverContext, { passwordFile }: SqlConnection): Promise<string | null> =>
  passwordFile === undefined ? null : passwordIn(context, passwordFile);

function sqlOf(client: Client, state: { alive: boolean }, where: string): Sql {
  // One statement at a time: those who share the session wait for each other here.
  let last: Promise<unknown> = Promise.resolve();
  return sqlBy((schema, sql, values = []) => {
    const answer = last.then(() => ask(client, state, where, sql, values)).then((rows) => rows.map((row) => schema.parse(row)));
    last = answer.catch(() => undefined);
    return answer;
  });
}

async function ask(
  client: Client,
  state: { alive: boolean },
  where: string,
  sql: string,
  values: readonly unknown[],
): Promise<readonly Record<string, unknown>[]> {
  try {
    return (await client.query<Record<string, unknown>>(sql, [...values])).rows;
  } catch (thrown) {
    // Without an SQLSTATE it was not the server that answered: the session is of no use any more.
    if (sqlStateOf(thrown) === null) state.alive = false;
    throw fail('failed', 'sql-failed', `${where} answered: ${textOf(thrown)}`, { remedy: 'retry' });
  }
}

async function closeQuietly(client: Client, state: { alive: boolean }): Promise<void> {
  state.alive = false;
  await client.end().catch(() => undefined);
}

function connectFailure(thrown: unknown, where: string): FailureError {
  if (thrown instanceof FailureError) return thrown;
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  if (code === 'ECONNREFUSED' || code === 'ENOENT')
    return fail('unreachable', notListening, `nothing listens at ${where}`, { remedy: 'retry' });
  return fail('unreachable', notAccepting, `cannot open a session at ${where}: ${textOf(thrown)}`, { remedy: 'retry' });
}

function sqlStateOf(thrown: unknown): string | null {
  const code = (thrown as { readonly code?: unknown } | null)?.code;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : null;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
