/** Logs of every release, read by this one: what was stored is never rewritten, and is understood for ever. */
import type BetterSqlite from 'better-sqlite3';
import { describe, expect, test } from 'vitest';
import { eventText } from '../../cli/render/events.ts';
import { reportLines } from '../../cli/render/report.ts';
import { statusLines } from '../../cli/render/status.ts';
import { plainView } from '../../cli/render/view.ts';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { Hold } from '../../common/holds.ts';
import { type Log, silentLog } from '../../common/log.ts';
import { planVersion } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { createPlanOperations } from '../../controller/operations/plans.ts';
import { createRunOperations, type RunOperations } from '../../controller/operations/runs.ts';
import { loadRun } from '../../controller/sequencer/load-run.ts';
import { foldVersion } from '../../controller/sequencer/run/run-status.ts';
import { createSequencer, type Sequencer } from '../../controller/sequencer/sequencer.ts';
import { createMetrics } from '../../controller/server/metrics.ts';
import { migrations } from '../../controller/store/migrations.ts';
import { openDatabase } from '../../controller/store/open-database.ts';
import { readEvents } from '../../controller/store/run-appends.ts';
import { newestRow } from '../../controller/store/run-lists.ts';
import { storeOn } from '../../controller/store/sqlite-store.ts';
import type { Store } from '../../controller/store/store.ts';
import { procedures } from '../../engines/procedures.ts';
import { builtin } from '../rules/builtin.ts';
import { release, tempDir } from '../store/samples.ts';
import { VirtualClock } from '../twins/clock.ts';
import { databaseIdOfTwins, FleetTwin, releaseOf, twinCluster } from '../twins/fleet.ts';
import { noOtherSystem } from '../twins/other-systems.ts';
import { type RecordedRun, recordedReleases, recordedRun, storiesOf, writeStore } from './recorded-run.ts';
import { actor, planRequest } from './stage.ts';

const releases = Object.keys(recordedReleases);
const all = releases.flatMap((release) => storiesOf(release).map((story) => ({ release, story, recorded: recordedRun(release, story) })));

/** This release's store on what that release left, changed as `change` says before it is opened. */
async function onStoreOf(
  { release, recorded }: { readonly release: string; readonly recorded: RecordedRun },
  act: (store: Store) => Promise<void>,
  change: (database: BetterSqlite.Database) => void = () => {},
): Promise<void> {
  using dir = tempDir();
  const file = dir.file('controller.db');
  writeStore(file, release, recorded);
  const database = openDatabase(file, migrations);
  change(database);
  const store = storeOn(database);
  try {
    await act(store);
  } finally {
    await store.close();
  }
}

interface Heart {
  readonly sequencer: Sequencer;
  readonly runs: RunOperations;
  readonly clock: VirtualClock;
  readonly writer: string;
}

/** A controller's heart on that store, with a fleet of twins that knows nothing of it. */
function heartOn(store: Store, log: Log = silentLog, fleet = new FleetTwin(3)): Heart {
  const [clock, writer] = [new VirtualClock(), 'writer-of-today'];
  const sequencer = createSequencer({ store, fleet, clock, log, writer, procedures, packs: () => builtin, external: noOtherSystem });
  return { sequencer, clock, writer, runs: createRunOperations({ sequencer, store, fleet, clock, writer, procedures }) };
}

const metricsOf = (store: Store, runs: RunOperations): Promise<string> =>
  createMetrics({ version: 'today', fleet: new FleetTwin(3), runs, store, procedures }).text();

const find = (story: string) => {
  const found = all.find((each) => each.story === story);
  if (found === undefined) throw new Error(`there is no recording ${story}`);
  return found;
};

test('every release has left logs of every kind behind', () => {
  for (const release of releases) expect(storiesOf(release).length, release).toBeGreaterThan(25);
});

test.each(all)('P14 the log "$story" of $release is whole, folds to the status that it had, and is told', (each) =>
  onStoreOf(each, async (store) => {
    const { runId } = each.recorded.run;
    expect((await store.verifyChains()).filter(({ chain }) => chain === runId)).toMatchObject([{ ok: true }]);
    await expectSameLog(store, each.recorded);
    await expectSamePlan(store, each.recorded);
    await expectSameOrders(store, each.recorded);
    await expectTold(store, each.recorded);
  }),
);

async function expectSameLog(store: Store, { run, events }: RecordedRun): Promise<void> {
  const read = await readEvents(store, run.runId);
  expect(read.map(({ text, hash }) => ({ text, hash }))).toEqual(events.map(({ text, hash }) => ({ text, hash })));
  const loaded = await loadRun(store, run.runId);
  expect(loaded?.status).toMatchObject(JSON.parse(run.statusJson) as object);
  expect(loaded?.cursor).toBe(run.cursor);
}

/** The bytes that were approved, beside what is read of them. */
async function expectSamePlan(store: Store, { plan, run }: RecordedRun): Promise<void> {
  const record = await store.plan(plan.planId);
  expect(record?.json).toBe(plan.json);
  expect(sha256Of(record?.json ?? '')).toBe(plan.digest);
  const { from, to } = JSON.parse(plan.json) as { readonly from: string; readonly to: string };
  expect(record?.plan).toMatchObject({ v: planVersion, cluster: run.cluster, from, to });
}

async function expectSameOrders(store: Store, { run, orders }: RecordedRun): Promise<void> {
  for (const { orderId, state, receiptJson } of orders) {
    const receipt = receiptJson === null ? null : (JSON.parse(receiptJson) as object);
    const order = { orderId, run: run.runId, given: { writer: expect.any(String) } };
    expect(await store.order(orderId)).toMatchObject({ orderId, state, order, receipt });
  }
}

async function expectTold(store: Store, { plan, run }: RecordedRun): Promise<void> {
  const { runs } = heartOn(store);
  const view = plainView(0);
  const record = await store.plan(plan.planId);
  if (record === null) throw new Error(`plan ${plan.planId} is not there`);
  const pages = [
    statusLines(await runs.getRun(run.runId), view),
    reportLines(await runs.getReport(run.runId), view),
    (await readEvents(store, run.runId)).map(({ body }) => eventText(body)),
    renderPlan(record.plan, record.planId, record.digest).split('\n'),
  ];
  for (const page of pages) {
    expect(page.length).toBeGreaterThan(1);
    expect(page.join('\n')).not.toMatch(/undefined|\[object|NaN/);
  }
  expect(await store.listRuns({ ...newestRow, limit: 9 })).toMatchObject([{ runId: run.runId, state: run.state }]);
}

test('the same events fold to the same status as long as foldVersion is the same', async () => {
  const lines: string[] = [];
  for (const each of all)
    await onStoreOf(each, async (store) => {
      const loaded = await loadRun(store, each.recorded.run.runId);
      lines.push(`${each.release} ${each.story} ${sha256Of(canonicalJson(loaded?.status)).slice(0, 23)}`);
    });
  // Another fold of these logs needs another foldVersion, and with it another file.
  await expect(`${lines.join('\n')}\n`).toMatchFileSnapshot(`../recorded/runs/fold-${foldVersion}.txt`);
});

const held = find('still-active');
const { runId: heldRun } = held.recorded.run;

/** What a fold of another version would have left: a status without a member that this one has, and with another. */
const foldedOtherwise = (version: number) => (database: BetterSqlite.Database) =>
  void database.prepare(`UPDATE runs SET fold_version = ?, status_json = '{"state":"active","holds":[],"ofAnotherFold":1}'`).run(version);

describe('a status that another fold left', () => {
  test('P18 is folded again when a controller starts on it, and lists and status tell the truth from then on', () =>
    onStoreOf(
      held,
      async (store) => {
        const { sequencer, runs } = heartOn(store);
        await sequencer.start();
        expect(sequencer.runActors().map(({ runId }) => runId)).toEqual([heldRun]);
        const wanted = JSON.parse(held.recorded.run.statusJson) as { readonly holds: readonly Hold[] };
        expect((await runs.getRun(heldRun)).holds).toHaveLength(wanted.holds.length);
        expect((await runs.openRuns()).runs).toMatchObject([{ run: heldRun, holds: wanted.holds.length }]);
        const row = await store.run(heldRun);
        expect(row).toMatchObject({ foldVersion, state: 'active' });
        // What is offered is renewed: it is typed at today's command line.
        const kept = wanted.holds.map(({ commands: _, ...hold }) => hold);
        expect(JSON.parse(row?.statusJson ?? '')).toMatchObject({ holds: kept });
      },
      foldedOtherwise(foldVersion - 1),
    ));

  test('of a run that is over is folded again when it is asked for', () =>
    onStoreOf(
      find('upgrade-done'),
      async (store) => {
        const { runId } = find('upgrade-done').recorded.run;
        const { sequencer, runs } = heartOn(store);
        await sequencer.start();
        expect((await runs.getReport(runId)).run.state).toBe('done');
        expect(await store.run(runId)).toMatchObject({ foldVersion, state: 'done' });
      },
      foldedOtherwise(foldVersion - 1),
    ));

  test('by the same fold and different all the same is a bug: that run is left alone, and the controller starts', () =>
    onStoreOf(
      held,
      async (store) => {
        const errors: string[] = [];
        const { sequencer, runs } = heartOn(store, { ...silentLog, error: (_fields, message) => void errors.push(message) });
        await sequencer.start();
        expect(sequencer.runActors()).toEqual([]);
        expect(errors.join()).toContain(`run ${heldRun} is not continued: the events of run ${heldRun} fold to a different status`);
        expect((await runs.openRuns()).runs).toMatchObject([{ run: heldRun, shown: 'active, cannot be read' }]);
      },
      foldedOtherwise(foldVersion),
    ));
});

test('a run whose plan was changed in the store is refused, for it is not what was approved', () =>
  onStoreOf(
    held,
    async (store) => {
      const { sequencer, runs } = heartOn(store);
      await sequencer.start();
      await expect(runs.getRun(heldRun)).rejects.toMatchObject({
        failure: { class: 'refused', code: 'plan-changed', message: expect.stringContaining(held.recorded.plan.digest) },
      });
    },
    (database) => void database.prepare(`UPDATE plans SET json = json_set(json, '$.settleMs', 0)`).run(),
  ));

/** The same hosts carry the nodes of two clusters. */
class SharedFleet extends FleetTwin {
  override nodes() {
    return super.nodes(twinCluster);
  }

  override async view(cluster: string) {
    return { ...(await super.view(twinCluster)), cluster };
  }
}

test('P1 what a run is doing that cannot be read is unknown: its hosts take no disruptive order of another run', () =>
  onStoreOf(
    held,
    async (store) => {
      const fleet = new SharedFleet(3);
      const { sequencer, runs, clock, writer } = heartOn(store, silentLog, fleet);
      const chance = { random: () => 0.5, nonce: () => 'nonce' };
      const plans = createPlanOperations({
        configFiles: new Map(),
        store,
        fleet,
        clock,
        ...chance,
        procedures,
        packs: () => builtin,
        external: [],
        runs: sequencer,
      });
      const cluster = 'pg-other';
      const adopted = { engine: 'postgresql', databaseId: databaseIdOfTwins, expectedMembers: 3, adoptedAtMs: 0 };
      await store.adoptCluster({ ...adopted, cluster, instances: [...fleet.nodesByName.keys()] }, writer, actor);
      await store.addRelease({ ...release, release: releaseOf('16.14') });
      await sequencer.start();
      fleet.linkAll();
      const { planId, digest } = await plans.makePlan({ ...planRequest, cluster }, actor);
      await plans.approvePlan(planId, digest, actor);
      const runId = await runs.startRun(planId, actor);
      for (let second = 0; second < 20; second++) {
        for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
        await clock.advance(1_000);
        await sequencer.tick();
      }
      expect(fleet.begun.map(({ body }) => body.kind)).toContain('stage');
      expect(fleet.downtimes).toEqual([]);
      const waits = { verdict: 'wait', reason: expect.stringMatching(`^${heldRun} cannot be read, so its work on host-of-pg-`) };
      expect(await store.admissions(runId)).toContainEqual(expect.objectContaining(waits));
    },
    foldedOtherwise(foldVersion + 1),
  ));

describe('what a later release wrote', () => {
  const later: readonly (readonly [what: string, change: (database: BetterSqlite.Database) => void, said: RegExp])[] = [
    [
      'a later fold',
      foldedOtherwise(foldVersion + 1),
      /^run \S+ was written by a newer Drydock \(its status has version \d+, .*\): use that version for it$/,
    ],
    [
      'a later shape of an event',
      (database) => void database.prepare('UPDATE events SET v = 99 WHERE seq = 4').run(),
      /^run \S+ was written by a newer Drydock \(event 4 has version 99, this one reads up to \d+\): use that version for it$/,
    ],
    [
      'an event of a kind that is not known here',
      (database) => void database.prepare(`UPDATE events SET body = '{"type":"consent-given"}' WHERE seq = 4`).run(),
      /^run \S+ was written by a newer Drydock \(event 4 is consent-given, which this one does not support\): use that version for it$/,
    ],
    [
      'a later plan',
      (database) => void database.prepare(`UPDATE plans SET json = json_set(json, '$.v', 99)`).run(),
      /^plan \S+ was made by a newer Drydock \(plan version 99, this one reads up to \d+\): use that version for it$/,
    ],
  ];

  test.each(later)('%s refuses that run in one sentence, and no other', (_what, change, said) =>
    onStoreOf(
      held,
      async (store) => {
        const errors: string[] = [];
        const { sequencer, runs } = heartOn(store, { ...silentLog, error: (_fields, message) => void errors.push(message) });
        await sequencer.start();
        expect(errors).toHaveLength(1);
        await expect(runs.getRun(heldRun)).rejects.toMatchObject({ failure: { class: 'refused', message: expect.stringMatching(said) } });
        await expect(runs.abortRun(heldRun, '', 'a')).rejects.toMatchObject({ failure: { class: 'refused' } });
        expect((await runs.openRuns()).runs).toMatchObject([{ run: heldRun, shown: 'active, cannot be read' }]);
        await sequencer.tick();
        expect(await metricsOf(store, runs)).toContain('drydock_open_runs{state="active"} 1');
        // The log is shown as it is, whichever release wrote it.
        expect(await store.events(heldRun, 0, 9)).toHaveLength(9);
      },
      change,
    ),
  );
});
