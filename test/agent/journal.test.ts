import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { IllegalEntry, localRun, type OrderEntry } from '../../agent/journal/agent-machine.ts';
import type { Journal } from '../../agent/journal/journal.ts';
import { openJournal } from '../../agent/journal/sqlite-journal.ts';
import { type Failure, toFailure } from '../../common/failure.ts';
import type { Order, Receipt } from '../../common/orders.ts';
import { downtimeBody, orderOf } from './world.ts';

let dir: string;
let file: string;
const open: Journal[] = [];

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-journal-'));
  file = join(dir, 'journal.db');
});
afterEach(() => {
  for (const journal of open.splice(0)) journal.close();
  rmSync(dir, { recursive: true, force: true });
});

function openAt(path = file): Journal {
  const journal = openJournal(path);
  open.push(journal);
  return journal;
}

function closeAll(): void {
  for (const journal of open.splice(0)) journal.close();
}

function failureOf(act: () => unknown): Failure {
  try {
    act();
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error('it did not fail');
}

const order = orderOf(downtimeBody());
const at = { wallMs: 1, ranMs: 0, spanMs: 0 };
const begun: OrderEntry = { type: 'begun', at, before: null, versionBefore: null };
const receiptOf = ({ orderId }: Order): Receipt => ({
  orderId,
  outcome: 'done',
  before: null,
  after: null,
  elapsedMs: 1,
  engineMs: 0,
  parts: [],
  downtimeMs: null,
  reverted: false,
  findings: [],
  facts: null,
  effects: [],
});

function end(journal: Journal, ended: Order): void {
  journal.append(ended.orderId, { type: 'accepted', order: ended });
  journal.append(ended.orderId, begun);
  journal.append(ended.orderId, { type: 'ended', receipt: receiptOf(ended) });
}

describe('the journal', () => {
  it('tells the downtimes of an instance that have ended, the last to end first (P16)', () => {
    const journal = openAt();
    const [first, second, open] = ['a', 'b', 'c'].map((step) => orderOf(downtimeBody(), { step })) as [Order, Order, Order];
    journal.append(second.orderId, { type: 'accepted', order: second });
    journal.append(second.orderId, { type: 'forgotten', reason: 'sent again later' });
    end(journal, first);
    end(journal, orderOf({ kind: 'observe', checks: [], nonce: 'n' }));
    end(journal, orderOf(downtimeBody(), { step: 'other', target: { ...order.target, instance: 'db-2' } }));
    end(journal, second);
    journal.append(open.orderId, { type: 'accepted', order: open });
    journal.acknowledge(journal.reportOf(first.orderId)?.seq ?? 0);
    const stepsOf = (run?: string) => [...journal.endedDowntimes('db-1', run)].map(({ order: { step } }) => step);
    expect(stepsOf()).toEqual(['b', 'a']);
    expect([stepsOf(first.run), stepsOf('r-other')]).toEqual([['b', 'a'], []]);
  });

  it('keeps what it took, across a close and across the loss of everything not synchronised (P4)', () => {
    const journal = openAt();
    journal.raiseFence({ cluster: 'main', epoch: 7, writer: 'w-7' });
    end(journal, order);
    journal.append('r-1/x/1', { type: 'accepted', order: orderOf(downtimeBody(), { step: 'x' }) });
    const seq = journal.intervene({ instance: 'db-1', verb: 'revert', actor: 'root', incarnation: null });
    // What a power cut leaves: the files as they are on disk, never closed.
    const copy = join(dir, 'copy.db');
    copyFileSync(file, copy);
    copyFileSync(`${file}-wal`, `${copy}-wal`);
    closeAll();
    for (const path of [file, copy]) {
      const again = openAt(path);
      expect(again.fences()).toEqual([{ cluster: 'main', epoch: 7, writer: 'w-7' }]);
      expect(again.order(order.orderId)?.phase).toBe('ended');
      expect(again.pendingReports()).toEqual([{ seq: 3, receipt: receiptOf(order), given: order.given }]);
      expect(again.openOrders().map(({ order: found }) => found.orderId)).toEqual(['r-1/x/1']);
      expect(again.pendingInterventions().map((pending) => pending.seq)).toEqual([seq]);
      expect(again.head()).toBe(seq);
      closeAll();
    }
  });

  it('reads orders that release 0.1 took in as what they are called now, so that the same order is known again (P3)', () => {
    const old = { kind: 'act', verb: 'finalize', part: 'previous-release', keepRelease: 'x' } as unknown as Order['body'];
    const taken = orderOf(old, { step: 'keep' });
    openAt().append(taken.orderId, { type: 'accepted', order: taken });
    closeAll();
    const now = orderOf({ kind: 'cleanup', part: 'previous-release', keepRelease: 'x' }, { step: 'keep' });
    const journal = openAt();
    expect(journal.order(taken.orderId)?.order).toEqual(now);
    expect(journal.openOrders().map(({ order: found }) => found)).toEqual([now]);
    expect(journal.ordersBefore('main', 0, 1).map(({ state }) => state.order)).toEqual([now]);
  });

  it('writes nothing when an entry cannot follow', () => {
    const journal = openAt();
    expect(() => journal.append(order.orderId, begun)).toThrow(IllegalEntry);
    expect(journal.head()).toBe(0);
    end(journal, order);
    expect(() => journal.append(order.orderId, { type: 'ended', receipt: receiptOf(order) })).toThrow(IllegalEntry);
    expect(journal.head()).toBe(3);
  });

  it('gives the same receipt under the same number for ever, acknowledged or not (P3)', () => {
    const journal = openAt();
    end(journal, order);
    const report = journal.reportOf(order.orderId);
    expect(report).toEqual({ seq: 3, receipt: receiptOf(order), given: order.given });
    expect(journal.acknowledge(3)).toBe(true);
    expect(journal.acknowledge(3)).toBe(false);
    expect(journal.pendingReports()).toEqual([]);
    expect(journal.reportOf(order.orderId)).toEqual(report);
  });

  it('12.A1: names of each cluster the order that was taken in last, with who gave it, whatever became of it; never one of this host', () => {
    const journal = openAt();
    const given = { epoch: 7, writer: 'w-7' };
    expect(journal.newestOrders()).toEqual([]);
    end(journal, orderOf(downtimeBody(), { step: 'z' }));
    const last = orderOf(downtimeBody(), { step: 'a', given });
    journal.append(last.orderId, { type: 'accepted', order: last });
    journal.append(last.orderId, { type: 'forgotten', reason: 'the link was lost' });
    end(journal, orderOf(downtimeBody(), { run: localRun }));
    const other = orderOf(downtimeBody(), { step: 'm', cluster: 'annex' });
    end(journal, other);
    expect(journal.newestOrders()).toEqual([
      { cluster: 'annex', orderId: other.orderId, epoch: 1, writer: 'w-1' },
      { cluster: 'main', orderId: last.orderId, ...given },
    ]);
  });

  it('does not report orders that no controller gave', () => {
    const journal = openAt();
    end(journal, orderOf(downtimeBody(), { run: localRun }));
    expect(journal.pendingReports()).toEqual([]);
  });

  it('is held by one process at a time', () => {
    openAt();
    expect(failureOf(() => openAt())).toMatchObject({ code: 'journal-in-use' });
  }, 10_000);

  it('refuses a file of a newer agent and says so', () => {
    openAt();
    closeAll();
    const database = new Database(file);
    database.pragma('user_version = 99');
    database.close();
    const why = failureOf(() => openAt());
    expect(why.code).toBe('journal-too-new');
    expect(why.message).toContain(file);
  });

  it('12.A1: takes the fence of an order that an older agent wrote down for who gave it', () => {
    openAt().append(order.orderId, { type: 'accepted', order });
    closeAll();
    const database = new Database(file);
    database.exec(
      `UPDATE orders SET state = json_remove(state, '$.order.given'); PRAGMA user_version = 2; DROP INDEX downtimes_by_instance; DROP TABLE checkpoints;
       DROP INDEX orders_over; DROP TABLE removed_orders; DROP TABLE removed_until`,
    );
    database.close();
    expect(openAt().order(order.orderId)?.order.given).toEqual({ epoch: order.epoch, writer: order.writer });
  });

  it('refuses a file that is no journal, and leaves it as it is', () => {
    writeFileSync(file, 'not a database at all, but long enough to be looked at as one. '.repeat(50));
    const why = failureOf(() => openAt());
    expect(why.code).toBe('journal-damaged');
    expect(why.message).toContain(file);
    expect(existsSync(file)).toBe(true);
  });

  it('says which file cannot be opened', () => {
    expect(failureOf(() => openAt(join(dir, 'no', 'such', 'folder.db')))).toMatchObject({ code: 'journal-unusable' });
  });

  it('syncs each commit: write-ahead log, synchronous = FULL (P4)', () => {
    openAt();
    expect(existsSync(`${file}-wal`)).toBe(true);
  });
});
