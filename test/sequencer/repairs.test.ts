/** P22: while a run holds about a node, a person repairs, rebuilds or excludes it by hand, and the run goes on. */
import { describe, expect, test } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import { FleetTwin, type TwinNode } from '../twins/fleet.ts';
import { actor, Stage } from './stage.ts';

/** Nodes whose data directory is another one than the run knew. */
class RebuiltFleet extends FleetTwin {
  readonly otherDatabase = new Set<string>();
  readonly forked = new Set<string>();

  override facts(node: TwinNode, checks: readonly string[]): NodeFacts {
    const facts = super.facts(node, checks);
    const databaseId = this.otherDatabase.has(node.instance) ? '7000000000000000009' : facts.databaseId;
    const reseed = { check: 'needs-no-reseed', ok: false, detail: 'timeline 2 left timeline 1' };
    const isForked = this.forked.has(node.instance);
    return {
      ...facts,
      databaseId,
      ...(isForked ? { inService: false, findings: [...facts.findings.filter(({ check }) => check !== reseed.check), reseed] } : {}),
    };
  }
}

/** Starts again what a person has copied anew. */
function rebuilt(fleet: RebuiltFleet): void {
  fleet.otherDatabase.delete('pg-3');
  fleet.forked.delete('pg-3');
  const node = fleet.node('pg-3');
  const before = {
    version: '16.4',
    release: '16.4-aaaaaaaaaaaa',
    installed: ['16.4-aaaaaaaaaaaa'],
    profileDigest: 'sha256:00',
    profile: { unit: 'postgres-pg-3', releasesDir: '/srv/releases' },
  };
  Object.assign(node, before);
  if (!node.connected) fleet.link('pg-3');
  fleet.startDatabase('pg-3');
}

/** What happens to pg-3 while pg-2 is in its turn, and the hold that tells of it. */
const disasters: readonly (readonly [what: string, hold: string, strike: (fleet: RebuiltFleet) => void])[] = [
  ['its database stops', 'node-down', (fleet) => fleet.stopDatabase('pg-3')],
  [
    'its host is gone',
    'agent-lost',
    (fleet) => {
      fleet.node('pg-3').running = false;
      fleet.unlink('pg-3');
    },
  ],
  [
    'its data directory is initialized anew, as another database',
    'facts-changed',
    (fleet) => {
      fleet.node('pg-3').follows = 'pg-3';
      fleet.otherDatabase.add('pg-3');
      fleet.startDatabase('pg-3');
    },
  ],
  [
    'its history forked',
    'needs-reseed',
    (fleet) => {
      fleet.node('pg-3').follows = 'pg-3';
      fleet.forked.add('pg-3');
    },
  ],
  [
    'it is rebuilt with the new release already',
    'facts-changed',
    (fleet) => {
      Object.assign(fleet.node('pg-3'), { version: '16.14', release: '16.14-aaaaaaaaaaaa', installed: ['16.14-aaaaaaaaaaaa'] });
      fleet.startDatabase('pg-3');
    },
  ],
  [
    'its agent got other settings',
    'profile-drift',
    (fleet) => Object.assign(fleet.node('pg-3'), { profileDigest: 'sha256:11', profile: { unit: 'other' } }),
  ],
];

async function holding(kind: string, strike: (fleet: RebuiltFleet) => void) {
  const fleet = new RebuiltFleet(3);
  const stage = await Stage.over(fleet, ['16.4', '16.13', '16.14']);
  fleet.held = (order) => order.step.endsWith('pg-2.standby.settle');
  const run = await stage.started();
  await stage.until(() => fleet.heldOrders().length === 1);
  strike(fleet);
  await stage.holding(run, kind);
  fleet.held = () => false;
  for (const orderId of fleet.heldOrders()) fleet.release(orderId);
  await stage.settle();
  return { stage, fleet, run };
}

describe.each(disasters)('P22 while a run holds because %s (%s)', (_what, kind, strike) => {
  test('the node is repaired by hand, and the run goes on with it to its end', async () => {
    const { stage, fleet, run } = await holding(kind, strike);
    await using _ = stage;
    fleet.node('pg-3').follows = 'pg-1';
    rebuilt(fleet);
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
  });

  test('the node is excluded by the command that the hold offers, and the run goes on without it to its end', async () => {
    const { stage, run } = await holding(kind, strike);
    await using _ = stage;
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds.flatMap(({ commands }) => commands)).toContain(`exclude ${run} pg-3 --reason "…"`);
    await stage.controller.runs.excludeNode(run, 'pg-3', 'rebuilt later', actor);
    expect(await stage.end(run)).toBe('done');
    expect(stage.versions().slice(0, 2)).toEqual(['16.14', '16.14']);
  });
});

test('P22 P2 a node that is lost after its own downtime is rebuilt on the new release, proves itself in its new life, and the run goes on', async () => {
  await using stage = await Stage.open();
  stage.fleet.held = (order) => order.step.endsWith('pg-3.standby.settle');
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  stage.fleet.node('pg-3').running = false;
  stage.fleet.unlink('pg-3');
  await stage.holding(run, 'agent-lost');
  stage.fleet.held = () => false;
  // A new host of the same name: its agent knows of no order, and is given again what only probes.
  stage.fleet.journals.set('host-of-pg-3', { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
  stage.fleet.startDatabase('pg-3');
  stage.fleet.link('pg-3');
  expect(await stage.end(run)).toBe('done');
  expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
});

/** Orders to stage on pg-3, by attempt. */
const stagings = ({ fleet }: Stage<FleetTwin>) =>
  fleet.begun.filter(({ step }) => step === 'h1.stage.pg-3.stage').map(({ attempt }) => attempt);

/** A new host of the same name, with nothing on it but what ran there before the run. */
function setUpAnew({ fleet }: Stage<FleetTwin>, instance = 'pg-3'): void {
  fleet.journals.set(`host-of-${instance}`, { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
  Object.assign(fleet.node(instance), { version: '16.4', release: '16.4-aaaaaaaaaaaa', previous: null, installed: ['16.4-aaaaaaaaaaaa'] });
  fleet.startDatabase(instance);
  fleet.link(instance);
}

/** Its host goes away while this step is under way, which ends afterwards. */
async function lost(instance: string, during: string): Promise<{ readonly stage: Stage; readonly run: string }> {
  const stage = await Stage.open();
  stage.fleet.held = (order) => order.step.endsWith(during);
  const run = await stage.started();
  await stage.until(() => stage.fleet.heldOrders().length === 1);
  stage.fleet.node(instance).running = false;
  stage.fleet.unlink(instance);
  await stage.holding(run, 'agent-lost');
  stage.fleet.held = () => false;
  for (const orderId of stage.fleet.heldOrders()) stage.fleet.release(orderId);
  return { stage, run };
}

async function lostBeforeItsTurn(): Promise<{ readonly stage: Stage; readonly run: string }> {
  const story = await lost('pg-3', 'pg-2.standby.settle');
  await story.stage.settle();
  return story;
}

test('P22 P7 what was staged on a disk that is gone is staged once more before its node is stopped', async () => {
  const { stage, run } = await lostBeforeItsTurn();
  await using _ = stage;
  setUpAnew(stage);
  expect(await stage.end(run)).toBe('done');
  expect(stagings(stage)).toEqual([1, 2]);
  expect(stage.versions()).toEqual(['16.14', '16.14', '16.14']);
});

test('P22 where it cannot be staged again the run holds with a command that tries it once more', async () => {
  const { stage, run } = await lostBeforeItsTurn();
  await using _ = stage;
  stage.fleet.mishap = ({ step }) => (step === 'h1.stage.pg-3.stage' ? 'space-short' : null);
  setUpAnew(stage);
  await stage.holding(run, 'space-short');
  const { holds } = await stage.controller.runs.getRun(run);
  expect(holds.flatMap(({ commands }) => commands)).toEqual(
    expect.arrayContaining([`retry ${run} h1.stage.pg-3.stage`, `exclude ${run} pg-3 --reason "…"`]),
  );
  stage.fleet.mishap = () => null;
  await stage.controller.runs.retryStep(run, 'h1.stage.pg-3.stage', actor);
  expect(await stage.end(run)).toBe('done');
});

test('P22 a node that was upgraded, lost and rebuilt with what it ran before needs nothing of the rollback but its proofs', async () => {
  const { stage, run } = await lost('pg-2', 'pg-3.standby.peer');
  await using _ = stage;
  await stage.controller.runs.rollbackRun(run, 'enough', actor);
  setUpAnew(stage, 'pg-2');
  expect(await stage.end(run)).toBe('rolled-back');
  expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
});

/** Upgraded, then lost with its host in the turn of pg-3; the host was set up anew with the new release alone when the rollback begins. */
async function rollingBackWithout(): Promise<{ readonly stage: Stage; readonly run: string }> {
  const { stage, run } = await lost('pg-2', 'pg-3.standby.peer');
  stage.fleet.journals.set('host-of-pg-2', { seq: 0, receipts: new Map(), open: new Map(), fence: null, taken: [] });
  Object.assign(stage.fleet.node('pg-2'), { previous: null, installed: ['16.14-aaaaaaaaaaaa'] });
  await stage.controller.runs.rollbackRun(run, 'enough', actor);
  stage.fleet.startDatabase('pg-2');
  stage.fleet.link('pg-2');
  await stage.holding(run, 'order-failed');
  return { stage, run };
}

const undoOfLost = 'h1.canary.pg-2.standby.undo.downtime';

describe('14: P22 a node that was rebuilt with the new release alone holds its rollback, still serving,', () => {
  test('until what it ran before was brought there, and a retry rolls it back as its turn would have', async () => {
    const { stage, run } = await rollingBackWithout();
    await using _ = stage;
    const { holds } = await stage.controller.runs.getRun(run);
    expect(holds.flatMap(({ commands }) => commands)).toEqual(
      expect.arrayContaining([`retry ${run} ${undoOfLost}`, `exclude ${run} pg-2 --reason "…"`]),
    );
    expect(stage.fleet.node('pg-2').running).toBe(true);
    stage.fleet.node('pg-2').installed.push('16.4-aaaaaaaaaaaa');
    await stage.controller.runs.retryStep(run, undoOfLost, actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.4', '16.4']);
  });

  test('or is excluded by the command that the hold offers, and stays at the new release', async () => {
    const { stage, run } = await rollingBackWithout();
    await using _ = stage;
    await stage.controller.runs.excludeNode(run, 'pg-2', 'later', actor);
    expect(await stage.end(run)).toBe('rolled-back');
    expect(stage.versions()).toEqual(['16.4', '16.14', '16.4']);
  });
});
