/**
 * A run in flight goes on when its controller and its agents are of a later release: stores and journals that every release left behind in the
 * middle of a run (scripts/record-runs.ts) are opened by today's programs, which take the run to its end.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openDatabase } from '../../agent/journal/open-database.ts';
import { journalOn } from '../../agent/journal/sqlite-journal.ts';
import { foldVersion } from '../../controller/sequencer/run/run-status.ts';
import { type Frozen, type SceneName, sceneNames, thawed } from './frozen.ts';
import { finish, type Outcome, type Play } from './play.ts';
import { unit } from './postgres.ts';
import { cluster, names, newRelease, oldRelease, type World } from './world.ts';

const root = new URL('../recorded/stores', import.meta.url).pathname;

function frozen(release: string, scene: SceneName): Frozen {
  const folder = join(root, release, scene);
  const files = readdirSync(folder).map((name) => [name.replace(/\.gz$/, ''), gunzipSync(readFileSync(join(folder, name)))] as const);
  return new Map(files);
}

/** Orders that the journals held when the programs of that release were killed, by their agents, as today's agent reads them. */
function journaled({ dir }: World): readonly string[] {
  return names.flatMap((name) => {
    const database = openDatabase(join(dir, `${name}.db`));
    const journal = journalOn(database);
    const orders = journal.ordersBefore(cluster, 0, 1_000).map(({ state }) => `${name} ${state.order.orderId} ${state.phase}`);
    journal.close();
    return orders;
  });
}

/** Today's programs are started on what lies there. */
async function started(release: string, scene: SceneName): Promise<{ readonly play: Play; readonly before: readonly string[] }> {
  const { world, runId } = await thawed(frozen(release, scene));
  const before = journaled(world);
  expect(before.length).toBeGreaterThan(5);
  world.postgres.startWriting();
  await world.controller.start();
  for (const agent of world.agents) await agent.start();
  const { store } = world.controller;
  const record = await store.plan((await store.run(runId))?.planId ?? '');
  if (record === null) throw new Error(`plan o not foundf ${runId}`);
  return { play: { world, runId, plan: record.plan }, before };
}

/** Everything that must hold whatever was going on: nothing was broken, and what was written before was neither lost nor done twice. */
async function expectWhole({ world, runId }: Play, outcome: Outcome, before: readonly string[]): Promise<void> {
  expect(world.broken).toEqual([]);
  const { store } = world.controller;
  expect((await store.verifyChains()).filter(({ ok }) => !ok)).toEqual([]);
  expect((await store.run(runId))?.foldVersion).toBe(foldVersion);
  const ends = outcome.events.flatMap(({ body }) => (body.type === 'order-ended' ? [`${body.step}/${body.attempt}`] : []));
  expect(new Set(ends).size).toBe(ends.length);
  const acknowledged = world.agents.flatMap(({ name, journal }) =>
    (journal?.ordersBefore(cluster, 0, 1_000) ?? []).map(({ state }) => `${name} ${state.order.orderId} ${state.phase}`),
  );
  for (const order of before) expect(acknowledged).toContain(`${order.split(' ').slice(0, 2).join(' ')} acknowledged`);
  const report = await world.controller.controller.operations.runs.getReport(runId);
  expect(report.audit.ok).toBe(true);
}

const serving = ({ world }: Play) => world.postgres.servers.map(({ host }) => host.serves(unit));
const every = (release: string) => names.map(() => release);

describe.each(readdirSync(root))('P18 what %s was in the middle of', (release) => {
  test('was kept for every moment', () => {
    expect(readdirSync(join(root, release)).sort()).toEqual([...sceneNames].sort());
  });

  test('P20 a downtime under way is ended by the agents, and the run goes on to its end', async () => {
    const { play, before } = await started(release, 'in-a-downtime');
    expect(serving(play)).toContain(null);
    const outcome = await finish(play);
    expect(outcome.status.state).toBe('done');
    expect(serving(play)).toEqual(every(newRelease));
    await expectWhole(play, outcome, before);
    await play.world.close();
  });

  test('a switchover under way comes to one primary, and the run to its end', async () => {
    const { play, before } = await started(release, 'in-a-switchover');
    expect(play.world.postgres.writable).toEqual([]);
    const outcome = await finish(play);
    expect(outcome.status.state).toBe('done');
    expect(serving(play)).toEqual(every(newRelease));
    expect(play.world.postgres.writable).toHaveLength(1);
    await expectWhole(play, outcome, before);
    await play.world.close();
  });

  test('P11 a rollback under way goes on to where the run began', async () => {
    const { play, before } = await started(release, 'in-a-rollback');
    const outcome = await finish(play);
    expect(outcome.status.state).toBe('rolled-back');
    expect(serving(play)).toEqual(every(oldRelease));
    await expectWhole(play, outcome, before);
    await play.world.close();
  });

  test('P17 a hold for a person still stands, offers the same, and is released by the same word', async () => {
    const { play, before } = await started(release, 'held-for-a-person');
    const { runs } = play.world.controller.controller.operations;
    await play.world.run(() => false, 60_000);
    const { holds } = await runs.getRun(play.runId);
    const retry = holds.flatMap(({ commands }) => commands).find((command) => command.startsWith(`retry ${play.runId} `));
    expect((await runs.openRuns()).runs).toMatchObject([{ run: play.runId, state: 'active', holds: holds.length }]);
    await runs.retryStep(play.runId, retry?.split(' ')[2] ?? '', 'ann');
    const outcome = await finish(play);
    expect(outcome.status.state).toBe('done');
    expect(serving(play)).toEqual(every(newRelease));
    await expectWhole(play, outcome, before);
    await play.world.close();
  });
});
