/** What is over goes after its time, and what stays of it. */
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../common/clock.ts';
import { silentLog } from '../../common/log.ts';
import { createRetention, fateOf, type Kept } from '../../controller/operations/retention.ts';
import type { EndedRun } from '../../controller/store/retention-store.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { actor, Stage } from '../sequencer/stage.ts';
import { twinCluster } from '../twins/fleet.ts';
import { addRun, append, order, planRecord, receipt, tempDir } from './samples.ts';

const dayMs = 86_400_000;
const kept: Kept = { receiptsMs: 90 * dayMs, runsMs: 400 * dayMs };

/** Wall clock of the test; the monotonic one goes on by the real one, from past the first wait. */
function clockAt(wallMs: number): Clock {
  const beganMs = performance.now();
  let waitedMs = 0;
  const monotonicMs = () => performance.now() - beganMs + (waitedMs++ === 0 ? 0 : 60_001);
  return { wallMs: () => wallMs, monotonicMs, after: () => ({ cancel() {} }) } as unknown as Clock;
}

const noHosts = { nodes: () => [] };

async function sweep(
  store: Store,
  wallMs: number,
  more: Partial<Kept> = {},
  fleet: Parameters<typeof createRetention>[0]['fleet'] = noHosts,
) {
  const said: unknown[] = [];
  const log = { ...silentLog, info: (fields: object) => said.push(fields), warn: (fields: object) => said.push(fields) };
  const retention = createRetention({ store, fleet, clock: clockAt(wallMs), log, kept: { ...kept, ...more } });
  for (let ticks = 0; ticks < 2_000 && said.length === 0; ticks += 1) await retention.tick();
  return said;
}

/** A run of some orders that ended then. */
async function addEnded(store: Store, runId: string, endedAtMs: number, orders = 2): Promise<void> {
  await addRun(store, runId);
  const given = Array.from({ length: orders }, (_, at) => order(runId, at + 1));
  await store.append(append(runId, 1, [{ type: 'run-started', actor: 'local:test' }], { atMs: endedAtMs - 1_000, dispatched: given }));
  await store.recordAdmission({ runId, atMs: 1, subject: 'window', verdict: 'allow', reason: 'open', nextProbeAtMs: null });
  const ended = given.map(({ orderId }) => ({ orderId, receipt: receipt(orderId) }));
  const end = { type: 'run-ended', state: 'done', reason: 'all of it' } as const;
  await store.append(append(runId, 2, [end], { atMs: endedAtMs, state: 'done', ended }));
}

/** Turns of the event loop from now on; returns how long the longest one computed, whatever else the machine did meanwhile. */
function watchTurns(): () => number {
  let [longestMs, lastMs, isOver] = [0, cpuMs(), false];
  const turn = () => {
    const nowMs = cpuMs();
    longestMs = Math.max(longestMs, nowMs - lastMs);
    lastMs = nowMs;
    if (!isOver) setImmediate(turn);
  };
  setImmediate(turn);
  return () => {
    isOver = true;
    return longestMs;
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

const listed = { cluster: null, engine: null, states: null, version: null, selector: [], sinceMs: null, after: null, limit: 3_000 };
const idsOf = async (store: Store) => (await store.listRuns(listed)).map(({ runId }) => runId).sort();

describe('the fate of a run that has ended', () => {
  const run: EndedRun = {
    ...{ runId: 'r-1', cluster: 'main', state: 'done', endedAtMs: 0, keepSnapshotsMs: null, isNewest: false, hasReceipts: true },
    place: { atMs: 0, ordinal: 1 },
  };
  const fate = (days: number, more: Partial<EndedRun> = {}, hasSnapshot = false) =>
    fateOf({ ...run, ...more }, { nowMs: days * dayMs, kept, hasSnapshot });

  it('M17: is to lose its receipts, then to go; the newest of its cluster stays whole, and with a snapshot it is pinned', () => {
    expect([89, 90, 399, 400].map((days) => fate(days))).toEqual(['stays', 'drop-receipts', 'drop-receipts', 'remove']);
    expect(fate(90, { hasReceipts: false })).toBe('stays');
    expect(fate(4_000, { isNewest: true })).toBe('stays');
    expect(fate(4_000, {}, true)).toBe('pinned');
    expect([407, 408].map((days) => fate(days, { keepSnapshotsMs: 407 * dayMs }))).toEqual(['pinned', 'remove']);
    expect(fateOf(run, { nowMs: 1e15, kept: { receiptsMs: Infinity, runsMs: Infinity }, hasSnapshot: false })).toBe('stays');
  });
});

describe('retention in the store', () => {
  it('M17 P5 P14: 2,000 runs that have ended go as the settings say, and the event loop is not kept for 200 ms; ids, givers and audit chains stay', async () => {
    using dir = tempDir();
    const store = openStore({ file: dir.file('store.db') });
    const lastMs = 2_000 * dayMs;
    const ended = (at: number) => (at + 1) * dayMs;
    for (let at = 0; at < 2_000; at += 1) await addEnded(store, `r-${at}`, ended(at));
    const longestMs = watchTurns();
    expect(await sweep(store, lastMs)).toEqual([{ runs: 1_600, receipts: 310, drafts: 0 }]);
    expect(longestMs()).toBeLessThan(200);
    const left = await idsOf(store);
    expect(left).toHaveLength(400);
    expect([await store.order('r-1909/h1.roll.pg-1.primary.downtime/1'), (await store.openOrders('r-1909')).length]).toEqual([null, 0]);
    expect(await store.order('r-1910/h1.roll.pg-1.primary.downtime/1')).not.toBeNull();
    expect(await store.admissions('r-1909')).toEqual([]);
    for (const run of ['r-0', 'r-1909', 'r-1999']) {
      expect(await store.knowsOrder(`${run}/h1.roll.pg-1.primary.downtime/2`, { epoch: 1, writer: 'w1' }), run).toBe(true);
      expect(await store.knowsOrder(`${run}/h1.roll.pg-1.primary.downtime/2`, { epoch: 2, writer: 'w1' }), run).toBe(false);
    }
    expect(await store.orderedHost('pg-main', 'db-1')).toBe(true);
    const verified = await store.verifyChains();
    expect([verified.length, verified.every(({ ok }) => ok)]).toEqual([2_001, true]);
    expect((await store.events('fleet', 0, 1)).map(({ body }) => body)).toEqual([
      { type: 'run-removed', run: 'r-0', plan: 'p-of-r-0', cluster: 'pg-main', state: 'done', endedAtMs: dayMs },
    ]);
    // Said once: there is nothing more to remove.
    expect(await store.retention.ended(lastMs - kept.runsMs, null, 10)).toEqual([]);
    await store.close();
  });

  it('M17: open runs stay however old they are, drafts go with a word in the audit log, and ids of what went are still found', async () => {
    using dir = tempDir();
    const store = openStore({ file: dir.file('store.db') });
    await addEnded(store, 'r-1', 2_500);
    await addRun(store, 'r-2', 'approved');
    await addRun(store, 'r-3', 'unfinalized');
    await store.addPlan(planRecord('draft'));
    expect(await sweep(store, 1_000 * dayMs)).toEqual([{ runs: 1, receipts: 0, drafts: 1 }]);
    expect(await idsOf(store)).toEqual(['r-2', 'r-3']);
    expect((await store.events('fleet', 0, 9)).map(({ body: { type } }) => type)).toEqual(['plan-discarded', 'run-removed']);
    expect(await store.idsFrom('run', 'r-', 9)).toEqual(['r-1', 'r-2', 'r-3']);
    expect(await store.idsFrom('plan', 'p-of-r-1', 9)).toEqual(['p-of-r-1']);
    await store.close();
  });

  it('M17: what came after a run whose snapshot still lies on a host stays, for restores are judged by it', async () => {
    using dir = tempDir();
    const store = openStore({ file: dir.file('store.db') });
    for (const at of [1, 2, 3, 4]) await addEnded(store, `r-${at}`, at * dayMs);
    const fleet = { nodes: () => [{ facts: { snapshots: [{ run: 'r-2' }] } }] } as unknown as Parameters<typeof sweep>[3];
    expect(await sweep(store, 1_000 * dayMs, {}, fleet)).toEqual([{ runs: 1, receipts: 0, drafts: 0 }]);
    expect(await idsOf(store)).toEqual(['r-2', 'r-3', 'r-4']);
    await store.close();
  });
});

describe('a run that was removed', () => {
  it('M17 P3 P5: is said to be removed; its agents are not ahead of the store, its late receipt is acknowledged, a backup from before goes on', async () => {
    await using stage = await Stage.open();
    const first = await stage.started({ toVersion: '16.13' });
    expect(await stage.end(first)).toBe('done');
    const { planId } = await stage.controller.runs.getRun(first).then(({ plan }) => ({ planId: plan }));
    const restoreBackup = stage.backUp();
    expect(await stage.end(await stage.started())).toBe('done');
    // Ended runs are let go of at the next probe.
    await stage.controller.sequencer.tick();
    const removing = () => sweep(stage.controller.store, stage.clock.wallMs() + 500 * dayMs);
    expect(await removing()).toEqual([{ runs: 1, receipts: 0, drafts: 0 }]);
    const { runs, plans, sequencer, store } = stage.controller;
    const gone = (what: string) => ({
      failure: {
        class: 'not-found',
        message: expect.stringMatching(
          new RegExp(`^${what} on \\d{4}-\\d\\d-\\d\\d by retention; its audit trail stays: drydock audit ${first}$`),
        ),
      },
    });
    await expect(runs.getRun(first)).rejects.toMatchObject(gone(`run ${first} was removed`));
    await expect(plans.getPlan(planId)).rejects.toMatchObject(gone(`plan ${planId} was removed with its run ${first}`));
    expect((await store.events(first, 0, 500)).at(-1)?.body.type).toBe('run-ended');
    // Its hosts took that run's orders last, as far as this journal goes.
    const journal = stage.fleet.journals.get('host-of-pg-1');
    const last = journal?.taken.findLast(({ run }) => run === first);
    if (journal === undefined || last === undefined) throw new Error('no order of the first run');
    journal.taken.splice(journal.taken.indexOf(last) + 1);
    await stage.restart();
    await stage.settle();
    expect(stage.controller.sequencer.refusal(twinCluster)).toBeNull();
    expect(sequencer.refusal(twinCluster)).toBeNull();
    await restoreBackup();
    await stage.settle();
    expect(stage.controller.sequencer.refusal(twinCluster)).toMatchObject({ code: 'store-behind-fleet' });
    const { clusters } = await stage.controller.sequencer.adoptFleet('the disk was lost', actor);
    expect(clusters).toMatchObject([{ cluster: twinCluster }]);
    expect(await stage.end(await stage.started({ toVersion: null, restart: true }))).toBe('done');
    expect(await removing()).toEqual([{ runs: 1, receipts: 0, drafts: 0 }]);
  });
});
