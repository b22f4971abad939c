/** Hops that stop and start whole waves, change in place, or go by a clone: there, back, and what goes wrong on the way. */
import { describe, expect, test } from 'vitest';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { RunEvent } from '../../common/events.ts';
import type { Order } from '../../common/orders.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { foldRun } from '../../controller/sequencer/run/run-machine.ts';
import { foldVersion } from '../../controller/sequencer/run/run-status.ts';
import { QuayFleet } from '../quay/fleet.ts';
import { quayProcedure } from '../quay/procedure.ts';
import { quayPacks } from '../quay/rules.ts';
import { actor, planRequest, Stage } from './stage.ts';

const fleet = ['router-1', 'router-2', 'store-1', 'store-2', 'store-3', 'lens-1'];
const versions = ['1.0', '1.1', '2.0', '3.0', '4.0', '5.0', '6.0'];

async function opened(names: readonly string[], from: string): Promise<Stage<QuayFleet>> {
  const stage = await Stage.over(new QuayFleet(names, from), versions, new Map([['quay', quayProcedure]]));
  stage.packs = quayPacks;
  return stage;
}

const started = (stage: Stage<QuayFleet>, to: string) => stage.started({ cluster: 'quay-main', toVersion: to, settleMs: 0 });
const shown = (stage: Stage<QuayFleet>, run: string) => stage.controller.runs.getRun(run);
const orders = ({ fleet: { begun } }: Stage<QuayFleet>, from = 0) => begun.slice(from).map(({ step }) => step.replace(/^h1\./, ''));
const disruptive = (stage: Stage<QuayFleet>) => orders(stage).filter((step) => /\.(stop|activate|start|restore|downtime)$/.test(step));

/** Gives the word that the run asks for. */
async function confirm(stage: Stage<QuayFleet>, run: string, reason = 'go'): Promise<void> {
  await stage.holding(run, 'awaiting-consent');
  const { holds, digest } = await shown(stage, run);
  const step = holds.find(({ kind }) => kind === 'awaiting-consent')?.subject ?? '';
  await stage.controller.runs.confirmStep(run, { step, digest, reason, actor });
}

async function finalized(stage: Stage<QuayFleet>, run: string): Promise<string> {
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  await stage.controller.runs.finalizeRun(run, { digest: (await shown(stage, run)).digest, reason: 'all is well', actor });
  return stage.end(run);
}

const failing =
  (part: string, mishap: 'fails' | 'fails-and-reverts' = 'fails') =>
  ({ step, attempt }: Order) =>
    step.endsWith(part) && attempt < 9 ? mishap : null;

describe('14.2: everything stops before any artifact changes', () => {
  test('waves stop, change and start in their order, and the run rests until it is finalized', async () => {
    await using stage = await opened(fleet, '1.1');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    expect(await finalized(stage, run)).toBe('done');
    expect(stage.fleet.wrong).toEqual([]);
    expect(stage.fleet.activations).toEqual(
      ['lens-1', 'router-1', 'router-2', 'store-1', 'store-2', 'store-3'].map((name) => `${name} 2.0`),
    );
    expect(disruptive(stage).map((step) => step.replace(/\.[a-z]+$/, ''))).toEqual([
      ...['stop.lens-1', 'stop.router-1', 'stop.router-2', 'stop.store-1', 'stop.store-2', 'stop.store-3'],
      ...['lens-1', 'router-1', 'router-2', 'store-1', 'store-2', 'store-3'].map((name) => `activate.${name}`),
      ...['start.store-1', 'start.store-2', 'start.store-3', 'start.router-1', 'start.router-2', 'start.lens-1'],
    ]);
    expect(stage.versions()).toEqual(fleet.map(() => '2.0'));
    expect(stage.fleet.begun.filter(({ step }) => step.includes('.finalize-')).map(({ step }) => step.split('.finalize-')[1])).toEqual([
      'store-1',
      'store-2',
      'store-3',
      'router-1',
      'router-2',
    ]);
  });

  test('nothing is stopped without consent, and another digest is none', async () => {
    await using stage = await opened(fleet, '1.1');
    const run = await started(stage, '2.0');
    await stage.holding(run, 'awaiting-consent');
    const [hold] = (await shown(stage, run)).holds;
    expect(hold?.detail).toMatch(/stop all of quay-main: nothing can be read or written for about/);
    const step = hold?.subject ?? '';
    await expect(stage.controller.runs.confirmStep(run, { step, digest: 'sha256:other', reason: '', actor })).rejects.toThrow(
      /is not confirmed/,
    );
    await expect(
      stage.controller.runs.confirmStep(run, { step: 'h1.preflight.router-1.observe', digest: '', reason: '', actor }),
    ).rejects.toThrow(/confirm of h1\.preflight\.router-1\.observe is not possible/);
    await stage.clock.advance(60_000);
    expect(disruptive(stage)).toEqual([]);
    await stage.controller.runs.abortRun(run, 'not today', actor);
    expect(await stage.end(run)).toBe('aborted');
  });

  test('P11 is rolled back from its rest: everything down, what ran before everywhere, up again', async () => {
    await using stage = await opened(fleet, '1.1');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    const before = stage.fleet.begun.length;
    stage.fleet.activations.length = 0;
    await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.wrong).toEqual([]);
    expect(stage.versions()).toEqual(fleet.map(() => '1.1'));
    expect(stage.fleet.activations.sort()).toEqual([...fleet].sort().map((name) => `${name} 1.1`));
    const back = orders(stage, before).filter((step) => /undo\.(stop|activate|start)$/.test(step));
    expect(back.slice(0, 6).every((step) => step.startsWith('start.'))).toBe(true);
    expect(back.slice(6, 12).every((step) => step.startsWith('activate.'))).toBe(true);
    expect(back.slice(12).every((step) => step.startsWith('stop.'))).toBe(true);
    expect([...stage.fleet.disks.values()].some(({ prepared }) => prepared)).toBe(false);
    // What the rollback itself stopped is no node that somebody else stopped.
    const events = await stage.events(run);
    expect(
      events.flatMap((event) => (event.type === 'hold-raised' && event.hold.kind !== 'awaiting-consent' ? [event.hold.detail] : [])),
    ).toEqual([]);
  });

  test('16.2 a node is down from its stop until its start is over: in status and report, however many turns that takes', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.held = ({ step }) => step === 'h1.activate.lens-1.activate';
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.clock.advance(90_000);
    const turnsOf = async (instance: string) =>
      (await shown(stage, run)).turns.filter((turn) => turn.instance === instance && turn.disruptive);
    const phase = (label: string, turns: Awaited<ReturnType<typeof turnsOf>>) =>
      turns.find((turn) => turn.phase === label)?.downtimeMs ?? null;
    expect(phase('stop', await turnsOf('router-1'))).toBeGreaterThanOrEqual(90_000);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    expect(phase('stop', await turnsOf('router-1'))).toBeNull();
    const there = phase('start', await turnsOf('router-1')) ?? 0;
    expect(there).toBeGreaterThanOrEqual(90_000);
    await stage.clock.advance(3_600_000);
    const { nodes, phases } = await stage.controller.runs.getReport(run);
    expect(nodes.map(({ instance }) => instance).toSorted()).toEqual([...fleet].toSorted());
    expect(nodes.find(({ instance }) => instance === 'router-1')).toMatchObject({ downtimeMs: there, version: '2.0', rollbackUsed: false });
    expect(phases.map(({ name }) => name)).toEqual(expect.arrayContaining(['stop', 'activate', 'start']));
    expect(phases.map(({ name }) => name)).not.toContain('roll');

    stage.fleet.held = ({ step }) => step === 'h1.activate.lens-1.undo.activate';
    await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
    await stage.until(() => stage.fleet.heldOrders().length > 0);
    await stage.clock.advance(30_000);
    stage.fleet.held = () => false;
    stage.fleet.release(stage.fleet.heldOrders()[0] ?? '');
    expect(await stage.end(run)).toBe('rolled-back');
    const back = (await stage.controller.runs.getReport(run)).nodes.find(({ instance }) => instance === 'router-1');
    expect(back).toMatchObject({ version: '1.1', rollbackUsed: true });
    expect(back?.downtimeMs).toBeGreaterThanOrEqual(there + 30_000);
    expect(back?.downtimeMs).toBeLessThan(3_600_000);
  });

  test('P22 a component that does not stop holds the wave: nothing is changed, it can be retried or rolled back, not aborted', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.mishap = failing('stop.store-2.stop');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(async () => (await shown(stage, run)).holds.some(({ releasedBy }) => releasedBy === 'person'), 400);
    expect(stage.fleet.activations).toEqual([]);
    const { legalCommands } = await shown(stage, run);
    expect([...new Set(legalCommands.map((command) => command.split(' ')[0]))]).toEqual(['watch', 'pause', 'retry', 'resolve', 'rollback']);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'later', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.activations).toEqual([]);
    expect([...stage.fleet.nodesByName.values()].every(({ running }) => running)).toBe(true);
  });

  test('a start that fails can be retried, and the run goes on to its end', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.mishap = failing('start.router-2.start');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(async () => (await shown(stage, run)).holds.some(({ releasedBy }) => releasedBy === 'person'), 400);
    stage.fleet.mishap = () => null;
    await stage.controller.runs.retryStep(run, 'h1.start.router-2.start', actor);
    expect(await finalized(stage, run)).toBe('done');
  });

  test('a component that is not critical and does not start is reported, and keeps nothing', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.mishap = failing('start.lens-1.start');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(async () => (await stage.state(run)) === 'unfinalized', 600);
    const excused = (await stage.events(run)).flatMap((event) => (event.type === 'step-excused' ? [event.step] : []));
    expect(excused[0]).toBe('h1.start.lens-1.start');
    // Nothing is awaited of it: what only proves it is asked once.
    const proofs = orders(stage).filter((step) => step.startsWith('verify.lens-1'));
    expect(proofs).toEqual([expect.any(String)]);
    expect(excused).toEqual(['h1.start.lens-1.start', `h1.${proofs[0]}`]);
  });

  test('one that is started by hand before it is read back is as good as the others', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.mishap = failing('start.lens-1.start');
    stage.fleet.held = ({ step }) => step.startsWith('h1.verify.lens-1');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(() => stage.fleet.heldOrders().length > 0, 600);
    stage.fleet.node('lens-1').running = true;
    stage.fleet.held = () => false;
    for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
    await stage.until(async () => (await stage.state(run)) === 'unfinalized', 600);
    const excused = (await stage.events(run)).flatMap((event) => (event.type === 'step-excused' ? [event.step] : []));
    expect(excused).toEqual(['h1.start.lens-1.start']);
  });

  test('in the rollback it is awaited as ever', async () => {
    await using stage = await opened(fleet, '1.1');
    stage.fleet.mishap = failing('start.lens-1.start');
    const run = await started(stage, '2.0');
    await confirm(stage, run);
    await stage.until(async () => (await stage.state(run)) === 'unfinalized', 600);
    let probes = 0;
    stage.fleet.mishap = ({ step }) => {
      if (!step.startsWith('h1.stop.lens-1') || !step.endsWith('.undo.serves')) return null;
      probes += 1;
      stage.fleet.node('lens-1').inService = probes > 2;
      return null;
    };
    await stage.controller.runs.rollbackRun(run, 'not tonight', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(probes).toBe(3);
  });

  test('P18 a controller that dies at any order is followed by one that ends it', async () => {
    for (const name of [
      'stop.router-2.stop',
      'stop.store-1.stop',
      'snapshot',
      'activate.store-3.activate',
      'start.store-2.start',
      'start.router-1.start',
    ]) {
      await using stage = await opened(fleet, '1.1');
      stage.fleet.held = ({ step }) => step.endsWith(name);
      const run = await started(stage, '2.0');
      await confirm(stage, run);
      await stage.until(() => stage.fleet.heldOrders().length > 0);
      await stage.restart();
      stage.fleet.held = () => false;
      for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
      expect(await finalized(stage, run), name).toBe('done');
      expect(stage.fleet.wrong, name).toEqual([]);
    }
  });
});

describe('14.2: one instance in place', () => {
  test('asks for the notes and the point of no return, migrates, and is done', async () => {
    await using stage = await opened(['store-1'], '3.0');
    const run = await started(stage, '4.0');
    await confirm(stage, run, 'read by ann');
    await confirm(stage, run);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.disk('store-1').format).toBe('4.0');
    expect(stage.fleet.wrong).toEqual([]);
  });

  test('P11 before the point of no return what ran before is started again', async () => {
    await using stage = await opened(['store-1'], '3.0');
    const run = await started(stage, '4.0');
    await confirm(stage, run);
    await stage.holding(run, 'awaiting-consent');
    expect(stage.fleet.node('store-1').running).toBe(false);
    await stage.controller.runs.rollbackRun(run, 'not tonight', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.node('store-1')).toMatchObject({ running: true, version: '3.0' });
    expect(stage.fleet.activations).toEqual([]);
  });

  test('P11 after it a rollback is refused with what remains', async () => {
    await using stage = await opened(['store-1'], '3.0');
    stage.fleet.mishap = failing('start.store-1.start');
    const run = await started(stage, '4.0');
    await confirm(stage, run);
    await confirm(stage, run);
    await stage.until(async () => (await shown(stage, run)).holds.some(({ kind }) => kind === 'order-failed'), 400);
    await expect(stage.controller.runs.rollbackRun(run, 'back', actor)).rejects.toThrow(
      /the phase migrate has begun, the point of no return of 3\.0 → 4\.0, nothing leads back to 3\.0/,
    );
  });

  test('14.5: where the rules know a restore it is offered with what is lost, and carried out only by consent', async () => {
    await using stage = await opened(['store-1'], '2.0');
    stage.fleet.mishap = failing('start.store-1.start');
    const run = await started(stage, '3.0');
    await confirm(stage, run);
    await confirm(stage, run);
    await stage.until(async () => (await shown(stage, run)).holds.some(({ kind }) => kind === 'order-failed'), 400);
    expect(stage.fleet.disk('store-1').format).toBe('3.0');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'it does not start', actor);
    await stage.holding(run, 'awaiting-consent');
    const hold = (await shown(stage, run)).holds.find(({ kind }) => kind === 'awaiting-consent');
    expect(hold?.detail).toMatch(/roll back to 2\.0 by the snapshots of this run: all writes since the snapshots are lost/);
    expect(stage.fleet.disk('store-1').format).toBe('3.0');
    await confirm(stage, run, 'the notes of today are kept elsewhere');
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.disk('store-1').format).toBe('2.0');
    expect(stage.fleet.wrong).toEqual([]);
  });
});

test('P7 two components that share a releases folder are staged and activated once, while both stand still, there and back', async () => {
  await using stage = await opened(fleet, '1.1');
  const once = fleet.filter((name) => name !== 'store-1');
  stage.fleet.share('host-of-both', ['router-1', 'store-1']);
  stage.fleet.linkAll();
  const run = await started(stage, '2.0');
  await confirm(stage, run);
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  const staged = stage.fleet.begun.filter(({ body }) => body.kind === 'stage').map(({ target }) => target.instance);
  expect(staged.sort()).toEqual([...once].sort());
  expect(stage.fleet.activations.sort()).toEqual([...once].sort().map((name) => `${name} 2.0`));
  expect(stage.versions()).toEqual(fleet.map(() => '2.0'));
  stage.fleet.activations.length = 0;
  await stage.controller.runs.rollbackRun(run, 'clients complain', actor);
  expect(await stage.end(run)).toBe('rolled-back');
  expect(stage.fleet.activations.sort()).toEqual([...once].sort().map((name) => `${name} 1.1`));
  expect(stage.versions()).toEqual(fleet.map(() => '1.1'));
  expect([...stage.fleet.nodesByName.values()].every(({ running }) => running)).toBe(true);
  expect(stage.fleet.wrong).toEqual([]);
});

test('14.3: what was done elsewhere is told to the step that waits for it, and to no other one', async () => {
  await using stage = await opened(['store-1'], '3.0');
  const run = await started(stage, '4.0');
  await stage.holding(run, 'awaiting-consent');
  const { holds, digest } = await shown(stage, run);
  const attest = holds[0]?.subject ?? '';
  const { plan } = (await stage.controller.store.plan((await shown(stage, run)).plan)) ?? {};
  const consent = [...turnsOf(plan as Plan)].find(({ phase }) => phase.name === 'consent')?.turn.variants[0]?.steps[0]?.id ?? '';
  const say = (step: string) => stage.controller.runs.confirmStep(run, { step, digest, reason: 'read by ann', actor });
  await expect(say(consent)).rejects.toThrow(/has not begun a step h1\.consent\./);
  await expect(say('h1.preflight.store-1.observe')).rejects.toThrow(/confirm of h1\.preflight\.store-1\.observe is not possible/);
  await say(attest);
  await stage.until(async () => (await shown(stage, run)).holds.some(({ subject }) => subject === consent));
  await expect(say(attest)).rejects.toThrow(/is not possible/);
  expect((await stage.events(run)).flatMap((event) => (event.type === 'step-confirmed' ? [`${event.step}: ${event.reason}`] : []))).toEqual(
    [`${attest}: read by ann`],
  );
});

describe('14.2: side by side', () => {
  test('switches by consent, and retires the first by another', async () => {
    await using stage = await opened(['store-1'], '4.0');
    const run = await started(stage, '5.0');
    await stage.holding(run, 'awaiting-consent');
    expect(stage.fleet.disk('store-1').clone).toBe('copied');
    await confirm(stage, run);
    await stage.until(async () => (await shown(stage, run)).holds.some(({ subject }) => subject.includes('.consent.quay-main.2')));
    expect(stage.fleet.disk('store-1')).toMatchObject({ clone: 'switched', retired: false });
    await confirm(stage, run);
    expect(await stage.end(run)).toBe('done');
    expect(stage.fleet.disk('store-1').retired).toBe(true);
  });

  test('P11 before the switch the clone is discarded, after it clients are switched back', async () => {
    for (const words of [0, 1]) {
      await using stage = await opened(['store-1'], '4.0');
      const run = await started(stage, '5.0');
      for (let word = 0; word < words; word++) await confirm(stage, run);
      await stage.until(async () =>
        (await shown(stage, run)).holds.some(({ subject }) =>
          subject.includes(words === 0 ? '.consent.quay-main.consent' : '.quay-main.2'),
        ),
      );
      await stage.controller.runs.rollbackRun(run, 'no', actor);
      expect(await stage.end(run)).toBe('rolled-back');
      expect(stage.fleet.disk('store-1')).toMatchObject({ clone: 'none', retired: false });
      expect(stage.versions()).toEqual(['4.0']);
    }
  });
});

test('P11 once the first is being retired nothing is switched back', async () => {
  await using stage = await opened(['store-1'], '4.0');
  stage.fleet.held = ({ body }) => body.kind === 'instance' && body.action === 'retire';
  const run = await started(stage, '5.0');
  await confirm(stage, run);
  await stage.until(async () => (await shown(stage, run)).holds.some(({ subject }) => subject.includes('.quay-main.2')));
  await confirm(stage, run);
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  await expect(stage.controller.runs.rollbackRun(run, 'back', actor)).rejects.toThrow(/the phase retire has begun, the point of no return/);
  stage.fleet.held = () => false;
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
  expect(await stage.end(run)).toBe('done');
});

describe('14.5: a rolling hop that goes back by snapshots', () => {
  test('P11 is never rolled back automatically, and by consent restores each node', async () => {
    await using stage = await opened(['store-1', 'store-2', 'store-3'], '5.0');
    stage.fleet.mishap = failing('canary.store-1.member.serves');
    const run = await started(stage, '6.0');
    await stage.until(async () => (await shown(stage, run)).holds.some(({ kind }) => kind === 'health-check-failed'), 600);
    expect((await shown(stage, run)).way).toBe('forward');
    stage.fleet.mishap = () => null;
    await stage.controller.runs.rollbackRun(run, 'it does not serve', actor);
    await confirm(stage, run);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.wrong).toEqual([]);
    expect(stage.versions()).toEqual(['5.0', '5.0', '5.0']);
  });
});

describe('14.4: what is held back for the whole cluster', () => {
  test('P19 is an effect that stays while the run rests, and is let go by the finalization, whoever carries it out', async () => {
    await using stage = await opened(['store-1', 'store-2', 'store-3'], '5.0');
    const run = await started(stage, '6.0');
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    expect(stage.fleet.clusterSetting).toBe('5.0');
    expect((await shown(stage, run)).effects).toMatchObject([{ key: 'hold-back', set: '5.0' }]);
    const first = stage.fleet.begun.find(({ body }) => body.kind === 'set')?.target.instance ?? '';
    stage.fleet.incapable.add(first);
    expect(await finalized(stage, run)).toBe('done');
    expect(stage.fleet.clusterSetting).toBeNull();
    expect(stage.fleet.begun.find(({ body }) => body.kind === 'unset')?.target.instance).not.toBe(first);
  });

  test('P19 is let go by a rollback', async () => {
    await using stage = await opened(['store-1', 'store-2', 'store-3'], '5.0');
    const run = await started(stage, '6.0');
    await stage.until(async () => (await stage.state(run)) === 'unfinalized');
    await stage.controller.runs.rollbackRun(run, 'no', actor);
    await confirm(stage, run);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.fleet.clusterSetting).toBeNull();
    expect(stage.versions()).toEqual(['5.0', '5.0', '5.0']);
  });
});

test('P22 a node may be replaced by hand while the run rests, and the finalization goes by what is there then', async () => {
  await using stage = await opened(fleet, '1.1');
  const run = await started(stage, '2.0');
  await confirm(stage, run);
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  stage.fleet.stopDatabase('store-3');
  stage.fleet.disk('store-3').member = 'store-3-anew';
  stage.fleet.startDatabase('store-3');
  expect(await finalized(stage, run)).toBe('done');
  expect(stage.fleet.disk('store-3').format).toBe('2.0');
});

test('a component that lags is waited for, and the others are not started before it is through', async () => {
  await using stage = await opened(fleet, '1.1');
  stage.fleet.held = ({ step }) => step.endsWith('start.store-2.start');
  const run = await started(stage, '2.0');
  await confirm(stage, run);
  await stage.until(() => stage.fleet.heldOrders().length > 0);
  await stage.clock.advance(300_000);
  await stage.controller.sequencer.tick();
  await stage.settle();
  expect(orders(stage).filter((step) => /^start\.router/.test(step))).toEqual([]);
  stage.fleet.held = () => false;
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
  expect(await finalized(stage, run)).toBe('done');
});

test('14.3: the consent to stop everything expires while a component is down, and another one is asked for before anything stops', async () => {
  await using stage = await opened(fleet, '1.1');
  const run = await started(stage, '2.0');
  await stage.holding(run, 'awaiting-consent');
  stage.fleet.stopDatabase('store-2');
  await confirm(stage, run);
  await stage.holding(run, 'node-down');
  await stage.clock.advance(3_700_000);
  await stage.until(async () => (await stage.events(run)).some(({ type }) => type === 'consent-expired'));
  stage.fleet.startDatabase('store-2');
  await stage.holding(run, 'awaiting-consent');
  expect(disruptive(stage)).toEqual([]);
  await confirm(stage, run);
  expect(await finalized(stage, run)).toBe('done');
});

test('14.3: the consent to a rollback expires as well, while nothing was restored', async () => {
  await using stage = await opened(['store-1'], '2.0');
  stage.fleet.mishap = failing('start.store-1.start');
  const run = await started(stage, '3.0');
  await confirm(stage, run);
  await confirm(stage, run);
  await stage.until(async () => (await shown(stage, run)).holds.some(({ kind }) => kind === 'order-failed'), 400);
  stage.fleet.mishap = () => null;
  await stage.controller.runs.rollbackRun(run, 'back', actor);
  await stage.holding(run, 'awaiting-consent');
  stage.fleet.unlink('store-1');
  await confirm(stage, run);
  await stage.clock.advance(3_700_000);
  await stage.until(async () => (await stage.events(run)).some(({ type }) => type === 'consent-expired'));
  stage.fleet.link('store-1');
  await confirm(stage, run);
  expect(await stage.end(run)).toBe('rolled-back');
  expect(stage.fleet.disk('store-1').format).toBe('2.0');
});

test('a component that is not critical and does not start again keeps no rollback', async () => {
  await using stage = await opened(fleet, '1.1');
  const run = await started(stage, '2.0');
  await confirm(stage, run);
  await stage.until(async () => (await stage.state(run)) === 'unfinalized');
  stage.fleet.mishap = failing('stop.lens-1.undo.start');
  await stage.controller.runs.rollbackRun(run, 'no', actor);
  await stage.until(async () => (await stage.state(run)) === 'rolled-back', 600);
  expect(stage.versions().slice(0, 5)).toEqual(fleet.slice(0, 5).map(() => '1.1'));
});

/** The undo of its start holds a step of the undo of its activation, too. */
const doubled: Procedure = {
  ...quayProcedure,
  ...(quayProcedure.allStop === undefined
    ? {}
    : {
        allStop: {
          ...quayProcedure.allStop,
          start: (input) => {
            const own = quayProcedure.allStop?.start(input) ?? { steps: [], undo: [] };
            const other = quayProcedure.allStop?.activate({ ...input, idPrefix: `h1.activate.${input.node.instance}` });
            return { ...own, undo: [...own.undo, ...(other?.undo ?? [])] };
          },
        },
      }),
};
const refusal = {
  failure: {
    class: 'refused',
    code: 'step-repeated',
    message: expect.stringMatching(/step h1\.activate\.(\S+)\.undo\.activate is in the turns h1\.activate\.\1 and h1\.start\.\1/),
  },
};

test('P17 a plan whose undo steps stand in another turn as well is not made', async () => {
  await using stage = await Stage.over(new QuayFleet(fleet, '1.1'), versions, new Map([['quay', doubled]]));
  stage.packs = quayPacks;
  await expect(started(stage, '2.0')).rejects.toMatchObject(refusal);
});

/** A plan as an earlier release may have made it: the undo of each start holds the steps of the undo of its activation, too. */
async function repeatedPlan(stage: Stage<QuayFleet>): Promise<{ readonly planId: string; readonly digest: string }> {
  const { store, plans } = stage.controller;
  const { planId } = await plans.makePlan({ ...planRequest, cluster: 'quay-main', toVersion: '2.0', settleMs: 0 }, actor);
  const record = await store.plan(planId);
  if (record === null) throw new Error(`${planId} is not in the store`);
  const undoOf = (plan: Plan, turn: string) =>
    [...turnsOf(plan)].find((place) => place.turn.id === turn)?.turn.variants.flatMap(({ undo }) => undo) ?? [];
  const plan = JSON.parse(record.json) as Plan;
  for (const { phase, turn } of turnsOf(plan))
    if (phase.name === 'start')
      for (const variant of turn.variants)
        (variant.undo as unknown[]).push(...undoOf(record.plan, turn.id.replace('.start.', '.activate.')));
  const json = canonicalJson(plan);
  const digest = sha256Of(json);
  await store.addPlan({ ...record, planId: 'p-OTHER', plan, json, digest });
  return { planId: 'p-OTHER', digest };
}

test('P17 such a plan of another release is not started: its rollback would ask for ever for receipts that belong to another turn', async () => {
  await using stage = await opened(fleet, '1.1');
  const { planId, digest } = await repeatedPlan(stage);
  await stage.controller.plans.approvePlan(planId, digest, actor);
  await expect(stage.controller.runs.startRun(planId, actor)).rejects.toMatchObject(refusal);
});

test('P3 P17 a run of such a plan that another release has begun is rolled back: each turn has an attempt and a receipt of its own', async () => {
  await using stage = await opened(fleet, '1.1');
  const { planId, digest } = await repeatedPlan(stage);
  const { runId } = await stage.controller.plans.approvePlan(planId, digest, actor);
  await begunBefore(stage, runId);
  await stage.restart();
  await confirm(stage, runId);
  await stage.until(async () => (await stage.state(runId)) === 'unfinalized');
  await stage.controller.runs.rollbackRun(runId, 'no', actor);
  expect(await stage.end(runId)).toBe('rolled-back');
  expect(stage.fleet.wrong).toEqual([]);
  expect(stage.versions()).toEqual(fleet.map(() => '1.1'));
  const attempts = stage.fleet.begun.filter(({ step }) => step === 'h1.activate.store-1.undo.activate').map(({ attempt }) => attempt);
  expect(attempts).toEqual([1, 2]);
});

/** As it stands in the store of a release that looked for nothing of the kind. */
async function begunBefore(stage: Stage<QuayFleet>, runId: string): Promise<void> {
  const { store } = stage.controller;
  const { epoch, writer } = await store.claimEpoch('quay-main', 'writer-1', 0);
  const before = await stage.events(runId);
  const events: readonly RunEvent[] = [
    { type: 'run-started', actor },
    { type: 'epoch-claimed', epoch, writer },
  ];
  const status = foldRun([...before, ...events]);
  const { state } = status;
  const nothing = { dispatched: [], ended: [], unknown: [] };
  await store.append({
    runId,
    afterSeq: before.length,
    atMs: 0,
    events,
    state,
    holds: status.holds.length,
    statusJson: JSON.stringify(status),
    foldVersion,
    ...nothing,
  });
}
