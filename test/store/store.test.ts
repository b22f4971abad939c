import { copyFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { canonicalJson } from '../../common/canonical-json.ts';
import { FailureError } from '../../common/failure.ts';
import type { OrderBody } from '../../common/orders.ts';
import type { Hop, Phase, Plan, Step } from '../../common/plan.ts';
import { openStore } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { addRun, append, cluster, order, planMade, planRecord, receipt, release, tempDir } from './samples.ts';

async function withStore(act: (store: Store, file: string) => Promise<void>): Promise<void> {
  using dir = tempDir();
  const store = openStore({ file: dir.file('store.db') });
  try {
    await act(store, dir.file('store.db'));
  } finally {
    await store.close();
  }
}

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'accepted',
    (error: unknown) => (error instanceof FailureError ? `${error.failure.class} ${error.failure.code}` : String(error)),
  );
}

describe('epochs', () => {
  it('P5 only grow, one claim for each run, recorded in the fleet chain', () =>
    withStore(async (store) => {
      expect(await store.currentEpoch('pg-main')).toBeNull();
      expect(await store.adoptCluster(cluster, 'w1', 'local:test')).toEqual({ cluster: 'pg-main', epoch: 1, writer: 'w1' });
      expect(await store.claimEpoch('pg-main', 'w2', 5_000)).toEqual({ cluster: 'pg-main', epoch: 2, writer: 'w2' });
      expect(await store.currentEpoch('pg-main')).toEqual({ cluster: 'pg-main', epoch: 2, writer: 'w2' });
      const events = await store.events('fleet', 0, 10);
      expect(events.map(({ body }) => body)).toMatchObject([
        { type: 'cluster-adopted', cluster: 'pg-main', members: ['pg-1', 'pg-2'], actor: 'local:test' },
        { type: 'epoch-claimed', epoch: 1, writer: 'w1' },
        { type: 'epoch-claimed', epoch: 2, writer: 'w2' },
      ]);
    }));

  it('P5 of a restored copy are never the ones that an agent has obeyed: the same number has another writer', async () => {
    using dir = tempDir();
    const original = openStore({ file: dir.file('store.db') });
    await original.adoptCluster(cluster, 'w1', 'local:test');
    await original.close();
    copyFileSync(dir.file('store.db'), dir.file('restored.db'));

    const live = openStore({ file: dir.file('store.db') });
    const obeyed = await live.claimEpoch('pg-main', 'w2', 5_000);
    await live.close();
    const restored = openStore({ file: dir.file('restored.db') });
    const claimed = await restored.claimEpoch('pg-main', 'w3', 6_000);
    expect([obeyed, claimed]).toEqual([
      { cluster: 'pg-main', epoch: 2, writer: 'w2' },
      { cluster: 'pg-main', epoch: 2, writer: 'w3' },
    ]);
    expect(await restored.wasClaimed(obeyed)).toBe(false);
    expect(await restored.wasClaimed(claimed)).toBe(true);
    expect(await restored.wasClaimed({ cluster: 'pg-main', epoch: 1, writer: 'w1' })).toBe(true);
    await restored.close();
  });
});

describe('adoption', () => {
  it('happens once per name and once per database', () =>
    withStore(async (store) => {
      await store.adoptCluster(cluster, 'w1', 'local:test');
      expect(await codeOf(store.adoptCluster(cluster, 'w1', 'local:test'))).toBe('refused already-adopted');
      expect(await codeOf(store.adoptCluster({ ...cluster, cluster: 'pg-other' }, 'w1', 'local:test'))).toBe('refused already-adopted');
      expect(await store.clusters()).toEqual([cluster]);
      expect((await store.events('fleet', 0, 10)).length).toBe(2);
    }));
});

describe('releases', () => {
  it('are stored once; the same bytes again are success, other bytes under the same version are refused', () =>
    withStore(async (store) => {
      await store.addRelease(release);
      await store.addRelease({ ...release, addedAtMs: 9_000, actor: 'somebody else' });
      expect(await store.releases('postgresql')).toEqual([release]);
      expect(await store.releases('etcd')).toEqual([]);
      const other = { ...release, artifacts: release.artifacts.map((artifact) => ({ ...artifact, digest: `sha256:${'0'.repeat(64)}` })) };
      expect(await codeOf(store.addRelease(other))).toBe('refused release-differs');
      expect((await store.events('fleet', 0, 10)).map(({ body }) => body.type)).toEqual(['release-added']);
    }));
});

describe('runs', () => {
  it('P4 change events, status, cursor and orders together or not at all', () =>
    withStore(async (store) => {
      await addRun(store, 'r-1');
      const first = order('r-1', 1);
      const dispatched = { type: 'paused', actor: 'a', reason: 'b' } as const;
      const stored = await store.append(append('r-1', 1, [dispatched], { dispatched: [first] }));
      expect(stored.map(({ seq, chain }) => `${chain} ${seq}`)).toEqual(['r-1 2']);
      expect(await store.openOrders('r-1')).toEqual([{ orderId: first.orderId, order: first, state: 'dispatched', receipt: null }]);

      // The second row for the same order id breaks the transaction after its event was written.
      expect(await codeOf(store.append(append('r-1', 2, [dispatched], { dispatched: [first] })))).toMatch(/UNIQUE/);
      expect((await store.run('r-1'))?.cursor).toBe(2);
      expect((await store.events('r-1', 0, 10)).length).toBe(2);
      expect((await store.verifyChains()).every((chain) => chain.ok)).toBe(true);
    }));

  it('P3 give an order one receipt, also after it was unknown', () =>
    withStore(async (store) => {
      await addRun(store, 'r-1');
      const { orderId } = order('r-1', 1);
      const event = { type: 'resumed', actor: 'a' } as const;
      await store.append(append('r-1', 1, [event], { dispatched: [order('r-1', 1)] }));
      await store.append(append('r-1', 2, [event], { unknown: [orderId] }));
      expect((await store.openOrders('r-1')).map(({ state }) => state)).toEqual(['unknown']);
      const ended = [{ orderId, receipt: receipt(orderId) }];
      await store.append(append('r-1', 3, [event], { ended }));
      expect(await store.order(orderId)).toMatchObject({ state: 'ended', receipt: receipt(orderId) });
      expect(await codeOf(store.append(append('r-1', 4, [event], { ended })))).toMatch(/one receipt/);
      expect((await store.run('r-1'))?.cursor).toBe(4);
    }));

  it('refuse what was decided on an older state, and writes nothing of it', () =>
    withStore(async (store) => {
      await addRun(store, 'r-1');
      const event = { type: 'resumed', actor: 'a' } as const;
      await store.append(append('r-1', 1, [event]));
      expect(await codeOf(store.append(append('r-1', 1, [event])))).toBe('refused store-conflict');
      expect(await codeOf(store.append(append('r-9', 0, [event])))).toBe('not-found unknown-run');
      expect((await store.run('r-1'))?.statusJson).toBe('{"after":1}');
      expect((await store.events('r-1', 0, 10)).length).toBe(2);
    }));

  it('keep a gapless sequence when many appends are asked for at once', () =>
    withStore(async (store) => {
      await addRun(store, 'r-1');
      const event = { type: 'resumed', actor: 'a' } as const;
      const outcomes = await Promise.all(Array.from({ length: 10 }, () => codeOf(store.append(append('r-1', 1, [event])))));
      expect(outcomes.filter((outcome) => outcome === 'accepted').length).toBe(1);
      expect((await store.events('r-1', 0, 10)).map(({ seq }) => seq)).toEqual([1, 2]);
    }));

  it('read the orders and the plan of a run that release 0.1 began as what they are called now', () =>
    withStore(async (store) => {
      const old = { kind: 'act', verb: 'configure', config: { changes: [], fromDigest: 'a', toDigest: 'b' } } as unknown as OrderBody;
      const { verb: _, ...configure } = old as unknown as { readonly verb: string };
      const now = { ...configure, kind: 'configure' } as OrderBody;
      const made = planRecord('r-1');
      const hopsOf = (body: OrderBody) => [oneStepHop(body)];
      const plan = { ...made.plan, v: 1, hops: hopsOf(old).map((hop) => ({ ...hop, finalize: 'none' })) } as unknown as Plan;
      await store.addPlan({ ...made, plan, json: canonicalJson(plan) });
      await store.openRun(made.planId, planMade('r-1'), 1);
      const given = { ...order('r-1', 1), body: old };
      await store.append(append('r-1', 1, [{ type: 'resumed', actor: 'a' }], { dispatched: [given] }));
      expect((await store.openOrders('r-1')).map(({ order: { body } }) => body)).toEqual([now]);
      expect(await store.plan(made.planId)).toMatchObject({ plan: { hops: hopsOf(now) }, json: canonicalJson(plan) });
    }));

  it('have ids that are never given twice and are listed newest first', () =>
    withStore(async (store) => {
      const ids = await Promise.all(['a', 'b', 'c'].map((token) => store.nextRunId(token)));
      expect(new Set(ids).size).toBe(3);
      for (const runId of ids) await addRun(store, runId, 'approved');
      await store.append(append('r-2-b', 1, [{ type: 'run-ended', state: 'done', reason: 'all done' }], { state: 'done' }));
      expect((await store.runs({ openOnly: false })).map(({ runId }) => runId)).toEqual(['r-3-c', 'r-2-b', 'r-1-a']);
      expect((await store.runs({ openOnly: true })).map(({ runId }) => runId)).toEqual(['r-3-c', 'r-1-a']);
      expect(await store.plan('p-of-r-1-a')).toEqual({ ...planRecord('r-1-a'), runId: 'r-1-a' });
      expect(await store.plan('p-none')).toBeNull();
    }));
});

describe('admissions', () => {
  it('keep since when the same reason stands, and write only what is new', () =>
    withStore(async (store) => {
      await addRun(store, 'r-1-a');
      const wait = { runId: 'r-1-a', subject: 'pg-1', verdict: 'wait', reason: 'pg-2 lags' } as const;
      await store.recordAdmission({ ...wait, atMs: 100, nextProbeAtMs: 200 });
      await store.recordAdmission({ ...wait, atMs: 150, nextProbeAtMs: 250 });
      expect(await store.admissions('r-1-a')).toEqual([{ ...wait, atMs: 100, nextProbeAtMs: 200 }]);
      await store.recordAdmission({ ...wait, atMs: 200, nextProbeAtMs: 300 });
      expect(await store.admissions('r-1-a')).toEqual([{ ...wait, atMs: 100, nextProbeAtMs: 300 }]);
      await store.recordAdmission({ ...wait, verdict: 'allow', reason: 'healthy', atMs: 300, nextProbeAtMs: null });
      expect(await store.admissions('r-1-a')).toEqual([{ ...wait, verdict: 'allow', reason: 'healthy', atMs: 300, nextProbeAtMs: null }]);
    }));
});

/** A hop of one turn, whose one step is this, there, back and after a handover. */
function oneStepHop(body: OrderBody): Hop {
  const step: Step = {
    id: 'h1.roll.pg-1.configure',
    title: 'change',
    executor: { kind: 'instance', instance: 'pg-1' },
    body,
    ...{ guards: [], repeat: 'convergent', deadlineMs: 1, expectedMs: 1, healthCheck: null },
  };
  const variant = { role: '', steps: [step], undo: [step], downtimeMs: 0, handover: { step: step.id, undo: [step] } };
  const turn = {
    id: 't',
    instance: 'pg-1',
    expectedRole: null,
    disruptive: true,
    rollback: 'lossless' as const,
    variants: [variant],
    need: null,
  };
  const phase: Phase = { id: 'h1.roll', name: 'roll', summary: '', expectedMs: 1, waves: [{ id: 'w', parallel: 1, turns: [turn] }] };
  return {
    ...{ id: 'h1', from: '16.4', to: '16.14', kind: 'rolling', direction: 'upgrade', rollback: 'lossless', maxDown: 1 },
    ...{
      finalize: { policy: 'none', soakMs: 0, deadlineMs: null, pointOfNoReturn: false },
      risks: [],
      source: '',
      bundles: [],
      phases: [phase],
    },
  };
}

it('P1 a second active run of a cluster is refused by the store itself, whoever asks', () =>
  withStore(async (store) => {
    await addRun(store, 'r-1', 'approved');
    await addRun(store, 'r-2', 'approved');
    const started = { type: 'run-started', actor: 'local:test' } as const;
    await store.append(append('r-1', 1, [started], { state: 'active' }));
    expect(await codeOf(store.append(append('r-2', 1, [started], { state: 'active' })))).toBe('refused conflicting-run');
    expect(await store.run('r-2')).toMatchObject({ state: 'approved', cursor: 1 });
    await store.append(append('r-1', 2, [{ type: 'run-ended', state: 'done', reason: '' }], { state: 'done' }));
    await store.append(append('r-2', 1, [started], { state: 'active' }));
  }));
