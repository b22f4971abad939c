/**
 * Keeps what this very release writes: the logs of many runs (test/recorded/runs/RELEASE) and stores in the middle of one, with the journals of
 * their agents (test/recorded/stores/RELEASE). Every later release has to read them. Played once for each release, from its own commit:
 * `npx tsx scripts/record-runs.ts RELEASE`. Its store's schema is noted in test/sequencer/recorded-run.ts, its commit in
 * test/e2e/earlier-release.slow.test.ts. What is kept is never recorded anew.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { canonicalJson, sha256Of } from '../common/canonical-json.ts';
import type { Plan } from '../common/plan.ts';
import { makePlan } from '../controller/planner/make-plan.ts';
import { foldRun } from '../controller/sequencer/run/run-machine.ts';
import { readEvents } from '../controller/store/run-appends.ts';
import { openStore } from '../controller/store/sqlite-store.ts';
import type { Store } from '../controller/store/store.ts';
import { etcdInputOf } from '../test/planner/etcd-input.ts';
import { procedureOf, stories } from '../test/sequencer/recorded-stories.ts';
import { Stage } from '../test/sequencer/stage.ts';
import { walked } from '../test/sequencer/walked-plan.ts';
import { freezeScene, sceneNames } from '../test/simulator/frozen.ts';

const [release = ''] = process.argv.slice(2);
if (!/^\d+\.\d+$/.test(release)) throw new Error('name the release whose shapes are kept: npx tsx scripts/record-runs.ts 0.2');
const recorded = join(import.meta.dirname, '../test/recorded');

/** Of the fold that made the status; a release that knew none is the first. */
const { foldVersion = 1 } = (await import('../controller/sequencer/run/run-status.ts')) as { readonly foldVersion?: number };

/** Everything that was stored of a run. What this release wrote itself is in canonical JSON, byte for byte. */
async function dump(store: Store, runId: string): Promise<unknown> {
  const run = await store.run(runId);
  const record = await store.plan(run?.planId ?? '');
  if (run === null || record === null) throw new Error(`run ${runId} is not in the store`);
  const events = (await readEvents(store, runId)).map(({ seq, v, atMs, body, hash }) => ({
    seq,
    v,
    atMs,
    text: canonicalJson(body),
    hash,
  }));
  const orders = [];
  for (const { step, attempt } of await store.orderPlaces(runId)) {
    const found = await store.order(`${runId}/${step}/${attempt}`);
    if (found === null) continue;
    const { orderId, order, state, receipt } = found;
    orders.push({ orderId, state, json: canonicalJson(order), receiptJson: receipt === null ? null : canonicalJson(receipt) });
  }
  const { planId, digest, madeAtMs, plannedBy, json } = record;
  const { cluster, state, cursor } = run;
  const statusJson = JSON.stringify(foldRun((await readEvents(store, runId)).map(({ body }) => body)));
  return {
    plan: { planId, digest, madeAtMs, plannedBy, json },
    run: { runId, cluster, engine: record.plan.engine, state, statusJson, foldVersion, cursor },
    events,
    orders,
  };
}

function keep(story: string, run: unknown): void {
  const folder = join(recorded, 'runs', release);
  mkdirSync(folder, { recursive: true });
  const bytes = gzipSync(JSON.stringify(run), { level: 9 });
  writeFileSync(join(folder, `${story}.json.gz`), bytes);
  console.log(`${story}: ${bytes.length} bytes`);
}

/** Planned by the real planner, and walked step by step. */
async function walkedRun(store: Store, plan: Plan, runId: string): Promise<void> {
  const json = canonicalJson(plan);
  const digest = sha256Of(json);
  const planId = `p-of-${runId}`;
  await store.addPlan({ planId, runId: null, plan, json, digest, madeAtMs: 1_000, plannedBy: 'local:admin' });
  const [first, ...rest] = [...walked(plan, planId, digest, runId)];
  if (first === undefined) throw new Error('a walk has a first event');
  const foldedTo = (length: number) => {
    const status = foldRun([first, ...rest.slice(0, length)]);
    return { state: status.state, holds: status.holds.length, statusJson: JSON.stringify(status), foldVersion };
  };
  await store.openRun(planId, { runId, afterSeq: 0, atMs: 1_000, events: [first], ...foldedTo(0) }, 1_000);
  await store.append({ runId, afterSeq: 1, atMs: 2_000, events: rest, ...foldedTo(rest.length) });
}

for (const [name, story] of Object.entries(stories)) {
  await using stage = await Stage.open(3, procedureOf(name));
  const runId = await story(stage);
  keep(name, await dump(stage.controller.store, runId));
}

const dir = mkdtempSync(join(tmpdir(), 'drydock-record-'));
for (const [from, to, downgrade] of [
  ['3.5.21', '3.7.3', false],
  ['3.6.16', '3.5.35', true],
] as const) {
  const made = makePlan(etcdInputOf(from, to, downgrade));
  if ('problems' in made) throw new Error(`etcd ${from} to ${to}: ${made.problems.map(({ message }) => message).join('; ')}`);
  const name = downgrade ? 'etcd-downgrade' : 'etcd-upgrade';
  const store = openStore({ file: join(dir, `${name}.db`) });
  await walkedRun(store, made.plan, 'r-1-etcd');
  keep(name, await dump(store, 'r-1-etcd'));
  await store.close();
}
rmSync(dir, { recursive: true });

for (const scene of sceneNames) {
  const folder = join(recorded, 'stores', release, scene);
  mkdirSync(folder, { recursive: true });
  for (const [name, bytes] of await freezeScene(scene)) {
    writeFileSync(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
    console.log(`${scene} ${name}: ${bytes.length} bytes`);
  }
}
