/** The journal on a SQLite file. One process has it open at a time: the agent, or `drydock-agent` on the host when no agent runs. */
import assert from 'node:assert';
import type Database from 'better-sqlite3';
import { type Checkpoint, mostAnchors } from '../../common/checkpoint.ts';
import { fleetChain } from '../../common/events.ts';
import { FailureError, toFailure } from '../../common/failure.ts';
import { unwritableReason } from '../../common/file-obstacle.ts';
import type { Fence, GivenOrder } from '../../common/link.ts';
import type { Giver, Receipt } from '../../common/orders.ts';
import { upcastOrder } from '../../common/upcast.ts';
import { localRun, nextOrderState, type OrderEntry, type OrderState } from './agent-machine.ts';
import type { Intervention, Journal, OverOrder, PendingReport } from './journal.ts';
import { openDatabase } from './open-database.ts';
import { JournalReserve, journalUnwritable } from './reserve.ts';

interface Unreported {
  readonly seq: number;
  readonly kind: 'report' | 'intervention';
  readonly order_id: string | null;
  readonly body: string;
}

/** Opens (or makes) the journal. Throws FailureError when the file is damaged, too new, or cannot be opened. */
export function openJournal(file: string): Journal {
  const reserve = new JournalReserve(file);
  return journalOn(openOnReserve(file, reserve), reserve);
}

/** Opening writes, too: an agent that is started on a full disk still ends what it had begun. */
function openOnReserve(file: string, reserve: JournalReserve): Database.Database {
  try {
    return openDatabase(file);
  } catch (thrown) {
    if (toFailure(thrown).code !== 'journal-unwritable' || !reserve.spend()) throw thrown;
    return openDatabase(file);
  }
}

/** @param reserve null: the disk is never full */
export function journalOn(database: Database.Database, reserve: JournalReserve | null = null): Journal {
  const sql = statements(database);
  /** False: nothing waits to be told, which is asked again and again. This process alone writes here. */
  let mayBeUntold = true;

  /** What has begun is written down with the last room there is. Throws FailureError(refused, `journal-unwritable`) when that is gone, too. */
  const durably = <T>(change: () => T): T => {
    try {
      return change();
    } catch (thrown) {
      const why = unwritableReason(database.name, thrown);
      if (why === null) throw thrown;
      if (reserve?.spend() === true) return durably(change);
      throw new FailureError(journalUnwritable(database.name, why));
    }
  };

  const stateOf = (orderId: string): OrderState | null => {
    const text = sql.order.get(orderId);
    return text === undefined ? null : orderState(text);
  };

  const giverOf = (orderId: string): Giver => {
    const state = stateOf(orderId);
    assert(state !== null, `order ${orderId} has a receipt and was never accepted`);
    return { epoch: state.order.given.epoch, writer: state.order.given.writer };
  };

  const addUntold = (seq: number, kind: Unreported['kind'], orderId: string | null, body: string): void => {
    mayBeUntold = true;
    sql.addUnreported.run(seq, kind, orderId, body);
  };

  /** Of one kind, oldest first. */
  const untold = (kind: Unreported['kind']): readonly Unreported[] => {
    if (!mayBeUntold) return [];
    const all = sql.unreported.all();
    mayBeUntold = all.length > 0;
    return all.filter((each) => each.kind === kind);
  };

  const write = (orderId: string, entry: OrderEntry): OrderState => {
    const state = nextOrderState(stateOf(orderId), entry);
    const seq = Number(sql.addEntry.run(orderId, JSON.stringify(entry)).lastInsertRowid);
    sql.putOrder.run(orderId, state.phase, seq, JSON.stringify(state));
    // A controller never heard of local orders; it is told of them as interventions.
    if (entry.type === 'ended' && state.order.run !== localRun) addUntold(seq, 'report', orderId, JSON.stringify(entry.receipt));
    return state;
  };

  const append = database.transaction((orderId: string, entries: OrderEntry | readonly OrderEntry[]) => {
    const [first, ...rest] = isList(entries) ? entries : [entries];
    assert(first !== undefined, 'nothing to append');
    return rest.reduce((_, entry) => write(orderId, entry), write(orderId, first));
  });

  const intervene = database.transaction((intervention: Intervention) => {
    const body = JSON.stringify(intervention);
    const seq = Number(sql.addEntry.run('', body).lastInsertRowid);
    addUntold(seq, 'intervention', null, body);
    return seq;
  });

  const acknowledge = database.transaction((seq: number) => {
    const found = sql.unreportedAt.get(seq);
    if (found === undefined) return false;
    sql.dropUnreported.run(seq);
    if (found.order_id !== null) write(found.order_id, { type: 'acknowledged' });
    return true;
  });

  const keepCheckpoint = database.transaction((checkpoint: Checkpoint) => {
    const { chain, number, seq, key } = checkpoint;
    sql.putCheckpoint.run(chain, number, seq, key, JSON.stringify(checkpoint));
    sql.dropCheckpoints.run(fleetChain, mostAnchors - 1);
  });

  const remove = database.transaction((orders: readonly OverOrder[], wallMs: number) => {
    for (const { seq, state } of orders) {
      const { orderId, cluster } = state.order;
      sql.keepId.run(orderId, wallMs);
      sql.keepUntil.run(cluster, seq);
      sql.dropEntries.run(orderId);
      sql.dropOrder.run(orderId);
    }
  });

  return {
    head: () => sql.head.get() ?? 0,
    fences: () => sql.fences.all(),
    newestOrders: () => sql.newest.all(),
    ordersBefore: (cluster, beforeSeq, limit) =>
      sql.before.all({ cluster, beforeSeq, limit }).map(({ seq, state }) => ({ seq, state: orderState(state) })),
    raiseFence: ({ cluster, epoch, writer }) => durably(() => void sql.putFence.run(cluster, epoch, writer)),
    room: () => reserve?.ensure() ?? null,
    append: (orderId, entries) => durably(() => append(orderId, entries)),
    order: stateOf,
    removedAtMs: (orderId) => sql.removedAt.get(orderId) ?? null,
    overOrders: (afterSeq, limit) => sql.over.all(afterSeq, limit).map(({ seq, state }) => ({ seq, state: orderState(state) })),
    remove(orders, wallMs) {
      try {
        remove(orders, wallMs);
      } catch (thrown) {
        const why = unwritableReason(database.name, thrown);
        throw why === null ? thrown : new FailureError(journalUnwritable(database.name, why));
      }
    },
    openOrders: () => sql.open.all().map(orderState),
    *endedDowntimes(instance, run) {
      for (const orderId of sql.endedDowntimes.all({ instance, run: run ?? null })) {
        const state = stateOf(orderId);
        if (state !== null) yield state;
      }
    },
    reportOf(orderId) {
      const receipt = stateOf(orderId)?.receipt ?? null;
      const seq = sql.endedSeq.get(orderId);
      return receipt === null || seq === undefined || seq === null ? null : { seq, receipt, given: giverOf(orderId) };
    },
    pendingReports: () =>
      untold('report').map(({ seq, body }): PendingReport => {
        const receipt = JSON.parse(body) as Receipt;
        return { seq, receipt, given: giverOf(receipt.orderId) };
      }),
    intervene: (intervention) => durably(() => intervene(intervention)),
    pendingInterventions: () => untold('intervention').map(({ seq, body }) => ({ seq, ...(JSON.parse(body) as Intervention) })),
    acknowledge(seq) {
      try {
        return acknowledge(seq);
      } catch (thrown) {
        // Reported once more, and acknowledged when there is room.
        if (unwritableReason(database.name, thrown) === null) throw thrown;
        return false;
      }
    },
    checkpoints: () => sql.checkpoints.all().map((body) => JSON.parse(body) as Checkpoint),
    keepCheckpoint(checkpoint) {
      try {
        keepCheckpoint(checkpoint);
      } catch (thrown) {
        if (unwritableReason(database.name, thrown) === null) throw thrown;
      }
    },
    close() {
      assert(database.open, 'a journal is closed once');
      database.close();
    },
  };
}

/** Written by this release or an earlier one. */
function orderState(text: string): OrderState {
  const state = JSON.parse(text) as OrderState;
  return { ...state, order: upcastOrder(state.order) };
}

const isList = (entries: OrderEntry | readonly OrderEntry[]): entries is readonly OrderEntry[] => Array.isArray(entries);

function statements(database: Database.Database) {
  return {
    // Of entries that were ever written: what was removed counts on.
    head: database.prepare<[], number>(`SELECT seq FROM sqlite_sequence WHERE name = 'entries'`).pluck(),
    fences: database.prepare<[], Fence>('SELECT cluster, epoch, writer FROM fences ORDER BY cluster'),
    newest: database.prepare<[], GivenOrder>(
      `SELECT cluster, order_id AS orderId, state ->> '$.order.given.epoch' AS epoch, state ->> '$.order.given.writer' AS writer
         FROM (SELECT DISTINCT state ->> '$.order.cluster' AS cluster FROM orders WHERE state ->> '$.order.run' <> 'local')
         JOIN orders ON order_id = (
           SELECT order_id FROM orders WHERE state ->> '$.order.run' <> 'local' AND state ->> '$.order.cluster' = cluster
            ORDER BY accepted_seq DESC LIMIT 1)
        ORDER BY cluster`,
    ),
    before: database.prepare<[{ cluster: string; beforeSeq: number; limit: number }], { readonly seq: number; readonly state: string }>(
      `SELECT accepted_seq AS seq, state FROM orders
        WHERE state ->> '$.order.run' <> 'local' AND state ->> '$.order.cluster' = @cluster
          AND (@beforeSeq = 0 OR accepted_seq < @beforeSeq)
          AND accepted_seq > coalesce((SELECT seq FROM removed_until WHERE cluster = @cluster), 0)
        ORDER BY accepted_seq DESC LIMIT @limit`,
    ),
    over: database.prepare<[number, number], { readonly seq: number; readonly state: string }>(
      `SELECT accepted_seq AS seq, state FROM orders INDEXED BY orders_over
        WHERE phase IN ('acknowledged', 'forgotten') AND accepted_seq > ? AND state ->> '$.order.run' <> 'local'
        ORDER BY accepted_seq LIMIT ?`,
    ),
    removedAt: database.prepare<[string], number>('SELECT removed_at_ms FROM removed_orders WHERE order_id = ?').pluck(),
    keepId: database.prepare<[string, number]>('INSERT INTO removed_orders (order_id, removed_at_ms) VALUES (?, ?)'),
    keepUntil: database.prepare<[string, number]>(
      `INSERT INTO removed_until (cluster, seq) VALUES (?, ?)
       ON CONFLICT (cluster) DO UPDATE SET seq = max(seq, excluded.seq)`,
    ),
    dropEntries: database.prepare<[string]>('DELETE FROM entries WHERE order_id = ?'),
    dropOrder: database.prepare<[string]>('DELETE FROM orders WHERE order_id = ?'),
    putFence: database.prepare<[string, number, string]>(
      `INSERT INTO fences (cluster, epoch, writer) VALUES (?, ?, ?)
       ON CONFLICT (cluster) DO UPDATE SET epoch = excluded.epoch, writer = excluded.writer`,
    ),
    addEntry: database.prepare<[string, string]>('INSERT INTO entries (order_id, body) VALUES (?, ?)'),
    putOrder: database.prepare<[string, string, number, string]>(
      `INSERT INTO orders (order_id, phase, accepted_seq, state) VALUES (?, ?, ?, ?)
       ON CONFLICT (order_id) DO UPDATE SET phase = excluded.phase, state = excluded.state`,
    ),
    order: database.prepare<[string], string>('SELECT state FROM orders WHERE order_id = ?').pluck(),
    endedSeq: database
      .prepare<[string], number | null>(`SELECT max(seq) FROM entries WHERE order_id = ? AND body ->> '$.type' = 'ended'`)
      .pluck(),
    open: database
      .prepare<[], string>(`SELECT state FROM orders WHERE phase IN ('accepted', 'begun', 'reverting') ORDER BY accepted_seq`)
      .pluck(),
    endedDowntimes: database
      .prepare<[{ instance: string; run: string | null }], string>(
        `SELECT orders.order_id FROM orders JOIN entries ON entries.order_id = orders.order_id AND entries.body ->> '$.type' = 'ended'
         WHERE orders.state ->> '$.order.target.instance' = @instance AND orders.state ->> '$.order.body.kind' = 'downtime'
           AND (@run IS NULL OR orders.state ->> '$.order.run' = @run)
         ORDER BY entries.seq DESC`,
      )
      .pluck(),
    checkpoints: database.prepare<[], string>('SELECT body FROM checkpoints ORDER BY chain').pluck(),
    // An earlier state of a chain says nothing against a later one; of another key it is another fleet's.
    putCheckpoint: database.prepare<[string, number, number, string, string]>(
      `INSERT INTO checkpoints (chain, number, seq, key, body) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (chain) DO UPDATE SET number = excluded.number, seq = excluded.seq, key = excluded.key, body = excluded.body
        WHERE excluded.seq > checkpoints.seq OR excluded.key <> checkpoints.key`,
    ),
    dropCheckpoints: database.prepare<[string, number]>(
      `DELETE FROM checkpoints WHERE chain IN (
         SELECT chain FROM checkpoints WHERE chain <> ? ORDER BY number DESC LIMIT -1 OFFSET ?)`,
    ),
    addUnreported: database.prepare<[number, string, string | null, string]>(
      'INSERT INTO untold (seq, kind, order_id, body) VALUES (?, ?, ?, ?)',
    ),
    unreported: database.prepare<[], Unreported>('SELECT seq, kind, order_id, body FROM untold ORDER BY seq'),
    unreportedAt: database.prepare<[number], Unreported>('SELECT seq, kind, order_id, body FROM untold WHERE seq = ?'),
    dropUnreported: database.prepare<[number]>('DELETE FROM untold WHERE seq = ?'),
  };
}
