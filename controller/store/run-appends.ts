/** The hot path: events, the folded status with its cursor, and order rows of one decision, in one transaction (P4). Plain prepared statements; the caller has the transaction open. */
import assert from 'node:assert';
import type BetterSqlite from 'better-sqlite3';
import { canonicalJson } from '../../common/canonical-json.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import { refuseLaterEvent } from '../../common/upcast.ts';
import type { Chains } from './chain.ts';
import type { RunAppend, Store } from './store.ts';

export class RunAppends {
  readonly #chains: Chains;
  readonly #cursor: BetterSqlite.Statement<[string], { cursor: number }>;
  readonly #advance: BetterSqlite.Statement<[string, number, number, string]>;
  readonly #fold: BetterSqlite.Statement<[string, number, number, string]>;
  readonly #start: BetterSqlite.Statement<[number, number, string]>;
  readonly #over: BetterSqlite.Statement<[number, string, string]>;
  readonly #dispatch: BetterSqlite.Statement<[string, string, string]>;
  readonly #end: BetterSqlite.Statement<[string, string, string]>;
  readonly #lose: BetterSqlite.Statement<[string, string]>;

  constructor(database: BetterSqlite.Database, chains: Chains) {
    this.#chains = chains;
    this.#cursor = database.prepare('SELECT cursor FROM runs WHERE run_id = ?');
    this.#advance = database.prepare('UPDATE runs SET state = ?, holds = ?, cursor = ? WHERE run_id = ?');
    this.#fold = database.prepare('UPDATE runs SET status_json = ?, fold_version = ?, status_cursor = ? WHERE run_id = ?');
    this.#start = database.prepare('UPDATE runs SET listed_at_ms = ?, started_at_ms = ? WHERE run_id = ?');
    this.#over = database.prepare('UPDATE runs SET ended_at_ms = ?, end_reason = ? WHERE run_id = ?');
    this.#dispatch = database.prepare("INSERT INTO orders (order_id, run_id, state, order_json) VALUES (?, ?, 'dispatched', ?)");
    this.#end = database.prepare(
      "UPDATE orders SET state = 'ended', receipt_json = ? WHERE order_id = ? AND run_id = ? AND receipt_json IS NULL",
    );
    this.#lose = database.prepare("UPDATE orders SET state = 'unknown' WHERE order_id = ? AND run_id = ? AND state <> 'ended'");
  }

  append(append: RunAppend): readonly StoredEvent[] {
    const { runId, afterSeq } = append;
    const run = this.#cursor.get(runId);
    if (run === undefined) throw fail('not-found', 'unknown-run', `run ${runId} not found`);
    if (run.cursor !== afterSeq) throw storeConflict(runId, afterSeq, run.cursor);
    const stored = this.#chains.append<RunEvent>(runId, append.atMs, append.events);
    const cursor = stored.at(-1)?.seq ?? afterSeq;
    this.#advanceTo(append, cursor);
    if (append.statusJson !== null) this.#fold.run(append.statusJson, append.foldVersion, cursor, runId);
    for (const event of append.events) {
      if (event.type === 'run-started') this.#start.run(append.atMs, append.atMs, runId);
      if (event.type === 'run-ended') this.#over.run(append.atMs, event.reason, runId);
    }
    for (const order of append.dispatched ?? []) {
      assert.equal(order.run, runId, 'an order belongs to the run that dispatches it');
      this.#dispatch.run(order.orderId, runId, canonicalJson(order));
    }
    for (const { orderId, receipt } of append.ended ?? []) {
      const { changes } = this.#end.run(canonicalJson(receipt), orderId, runId);
      assert.equal(changes, 1, `order ${orderId} is open and gets its one receipt (P3)`);
    }
    for (const orderId of append.unknown ?? []) {
      const { changes } = this.#lose.run(orderId, runId);
      assert.equal(changes, 1, `order ${orderId} was dispatched before its fate was lost`);
    }
    return stored;
  }

  /** The index of the store is the last to say that a cluster has one active run (P1). */
  #advanceTo({ runId, state, holds }: RunAppend, cursor: number): void {
    try {
      this.#advance.run(state, state === 'active' || state === 'unfinalized' ? holds : 0, cursor, runId);
    } catch (thrown) {
      throw (thrown as { readonly code?: string }).code === 'SQLITE_CONSTRAINT_UNIQUE' ? otherActive(runId) : thrown;
    }
  }
}

function otherActive(runId: string): Error {
  return fail(
    'refused',
    'conflicting-run',
    `run ${runId} was not made active: another run of its cluster is active; drydock run list --state active shows it`,
  );
}

function storeConflict(runId: string, decidedOn: number, found: number): Error {
  return fail(
    'refused',
    'store-conflict',
    `run ${runId} has changed meanwhile: decided on event ${decidedOn}, the store is at ${found}; try again`,
    {
      remedy: 'retry',
    },
  );
}

const page = 500;

/** All events of a run, oldest first. FailureError(refused, `run-too-new`): a later release wrote some of them. */
export async function readEvents(store: Store, runId: string): Promise<readonly StoredEvent<RunEvent>[]> {
  const events: StoredEvent<RunEvent>[] = [];
  for (;;) {
    const more = (await store.events(runId, events.at(-1)?.seq ?? 0, page)) as readonly StoredEvent<RunEvent>[];
    for (const event of more) refuseLaterEvent(event);
    events.push(...more);
    if (more.length < page) return events;
  }
}
