/**
 * Hash chains: every event's hash covers the one before it, its place and its very bytes (P14). The head is recorded apart, so that a
 * chain cut short is seen too. Statements are plain and prepared, because every durable event passes here; they take part in whatever
 * transaction is open on the connection.
 */
import { createHash } from 'node:crypto';
import type BetterSqlite from 'better-sqlite3';
import { canonicalJson } from '../../common/canonical-json.ts';
import { eventVersion, type FleetEvent, type RunEvent, type StoredEvent } from '../../common/events.ts';
import { upcastEvent } from '../../common/upcast.ts';
import { located } from './asker.ts';
import type { ChainVerification } from './store.ts';

type AnyEvent = RunEvent | FleetEvent;

interface Row {
  readonly chain: string;
  readonly seq: number;
  readonly v: number;
  readonly at_ms: number;
  readonly body: string;
  readonly hash: string;
}

/** What the first event's hash covers in place of a previous one. */
export const genesis = '0'.repeat(64);

/** The head of the fields is JSON on a line of its own: no two different events give the same bytes. */
export function eventHash(previous: string, event: { chain: string; seq: number; v: number; atMs: number; bodyText: string }): string {
  const place = canonicalJson([previous, event.chain, event.seq, event.v, event.atMs]);
  return createHash('sha256').update(`${place}\n${event.bodyText}`).digest('hex');
}

export function storedEvent<E extends AnyEvent>(row: Row): StoredEvent<E> {
  const { chain, seq, v, at_ms: atMs, body: text, hash } = row;
  return { chain, seq, v, atMs, body: upcastEvent<E>(JSON.parse(text), v), text, hash };
}

export class Chains {
  readonly #head: BetterSqlite.Statement<[string], { seq: number; head: string }>;
  readonly #begin: BetterSqlite.Statement<[string, string]>;
  readonly #insert: BetterSqlite.Statement<[string, number, number, number, string, string]>;
  readonly #advance: BetterSqlite.Statement<[number, string, string]>;
  readonly #rows: BetterSqlite.Statement<[string, number, number], Row>;
  readonly #chains: BetterSqlite.Statement<[], { chain: string }>;
  readonly #record: BetterSqlite.Statement<[string], { seq: number; head: string; cursor: number | null }>;
  readonly #ends: BetterSqlite.Statement<[string], { seq: number; newest: number }>;
  readonly #withoutChain: BetterSqlite.Statement<[], { chain: string; events: number; cursor: number | null }>;

  constructor(database: BetterSqlite.Database) {
    this.#head = database.prepare('SELECT seq, head FROM chains WHERE chain = ?');
    this.#begin = database.prepare('INSERT INTO chains (chain, seq, head) VALUES (?, 0, ?)');
    this.#insert = database.prepare('INSERT INTO events (chain, seq, v, at_ms, body, hash) VALUES (?, ?, ?, ?, ?, ?)');
    this.#advance = database.prepare('UPDATE chains SET seq = ?, head = ? WHERE chain = ?');
    this.#rows = database.prepare('SELECT * FROM events WHERE chain = ? AND seq > ? ORDER BY seq LIMIT ?');
    this.#chains = database.prepare('SELECT chain FROM chains ORDER BY ordinal');
    this.#record = database.prepare(
      'SELECT seq, head, runs.cursor AS cursor FROM chains LEFT JOIN runs ON runs.run_id = chain WHERE chain = ?',
    );
    this.#ends = database.prepare(
      'SELECT seq, (SELECT coalesce(max(seq), 0) FROM events WHERE events.chain = chains.chain) AS newest FROM chains WHERE chain = ?',
    );
    this.#withoutChain = database.prepare(
      `SELECT named.chain, count(events.seq) AS events, runs.cursor AS cursor
         FROM (SELECT run_id AS chain FROM runs UNION SELECT chain FROM events) AS named
         LEFT JOIN events ON events.chain = named.chain LEFT JOIN runs ON runs.run_id = named.chain
        WHERE named.chain NOT IN (SELECT chain FROM chains) GROUP BY named.chain`,
    );
  }

  /** Must run inside a transaction. Returns the events as stored. */
  append<E extends AnyEvent>(chain: string, atMs: number, bodies: readonly E[]): readonly StoredEvent<E>[] {
    let last = this.#head.get(chain);
    if (last === undefined) {
      this.#begin.run(chain, genesis);
      last = { seq: 0, head: genesis };
    }
    let { seq, head } = last;
    const stored = bodies.map((said): StoredEvent<E> => {
      const body = located(said);
      const bodyText = canonicalJson(body);
      seq += 1;
      head = eventHash(head, { chain, seq, v: eventVersion, atMs, bodyText });
      this.#insert.run(chain, seq, eventVersion, atMs, bodyText, head);
      return { chain, seq, v: eventVersion, atMs, body, text: bodyText, hash: head };
    });
    this.#advance.run(seq, head, chain);
    return stored;
  }

  page(chain: string, afterSeq: number, limit: number): readonly StoredEvent<AnyEvent>[] {
    return this.#rows.all(chain, afterSeq, limit).map((row) => storedEvent(row));
  }

  /** Oldest chain first. */
  names(): readonly string[] {
    return this.#chains.all().map(({ chain }) => chain);
  }

  /** Recomputes every chain and compares with the recorded head and, for runs, with the cursor of the folded status. */
  verify(): readonly ChainVerification[] {
    return [...this.names().map((chain) => drained(this.verification(chain))), ...this.withoutRecord()];
  }

  /** Chains of which only events or a run are left. */
  withoutRecord(): readonly ChainVerification[] {
    return this.#withoutChain.all().map(({ chain, events, cursor }) => ({
      ...{ chain, events, head: '', ok: false },
      detail: `the record of this chain was deleted; ${cursor === null ? 'its events have no head' : `its run was folded up to event ${cursor}`}`,
    }));
  }

  /** Recomputes one chain up to the head that is recorded as it begins, a page at a time: between two pages others may have the connection. */
  *verification(chain: string): Generator<undefined, ChainVerification> {
    const recorded = this.#record.get(chain);
    let seq = 0;
    let head = genesis;
    const broken = (detail: string): ChainVerification => ({ chain, events: seq, head, ok: false, detail });
    if (recorded === undefined) return broken('no record of this chain exists');
    for (let isRest = true; isRest; ) {
      const rows = this.#rows.all(chain, seq, verifiedAtOnce);
      for (const row of rows) {
        if (row.seq > recorded.seq) break;
        if (row.seq !== seq + 1) return broken(`event ${seq + 1} is missing: it was deleted or moved`);
        const hash = eventHash(head, { chain, seq: row.seq, v: row.v, atMs: row.at_ms, bodyText: row.body });
        if (hash !== row.hash) return broken(`event ${row.seq} does not match its hash: this event or an earlier one was changed or moved`);
        seq = row.seq;
        head = hash;
      }
      isRest = rows.length === verifiedAtOnce && seq < recorded.seq;
      if (isRest) yield;
    }
    if (seq < recorded.seq) return broken(`events ${seq + 1} to ${recorded.seq} were cut off`);
    if (head !== recorded.head) return broken(`the last event is not the recorded head: the chain was rewritten`);
    const ends = this.#ends.get(chain);
    if (ends !== undefined && ends.newest > ends.seq) return broken(`events after ${ends.seq} were added outside Drydock`);
    if (recorded.cursor !== null && recorded.cursor !== seq)
      return broken(`the run was folded up to event ${recorded.cursor}, the chain ends at ${seq}`);
    return { chain, events: seq, head, ok: true, detail: '' };
  }
}

/** Events that are recomputed without a pause: a few milliseconds. */
const verifiedAtOnce = 500;

function drained(verification: Generator<undefined, ChainVerification>): ChainVerification {
  for (;;) {
    const step = verification.next();
    if (step.done === true) return step.value;
  }
}
