/** Plans that put snapshots back: which are made, and what each refusal is about. */
import { describe, expect, test } from 'vitest';
import type { RestoreNeed, SnapshotSeen } from '../../common/facts.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { down, withServer } from '../engines/postgresql-fixtures.ts';
import { codesOf, inputFor, planOf, printed, withFacts } from './input.ts';

const run = 'r-1';
const then: Readonly<Record<string, string>> = { 'pg-1': 'primary', 'pg-2': 'standby', 'pg-3': 'standby' };

function snapshotOf(instance: string, more: Partial<SnapshotSeen> = {}): SnapshotSeen {
  const made = { madeAtMs: Date.UTC(2026, 2, 1, 2), expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  return { id: `${run}.${instance}`, run, role: then[instance] ?? '', ...made, ...more };
}

const room = { freeBytes: 40e9, freeInodes: 1e6 };
/** As an agent measured it, without margin. */
const need: RestoreNeed = { path: '/srv/pg', bytes: 6_200_000_000, inodes: 1_200, room };

async function restoreInput(instance: string | null): Promise<PlanInput> {
  const input = await inputFor(3);
  const level = {
    ...input,
    path: levelPath('postgresql', '16.4', input.path.pack),
    limits: [],
    goal: { kind: 'restore', run, instance } as const,
  };
  return Object.keys(then).reduce<PlanInput>(
    (each, name) => withFacts(each, name, (facts) => ({ ...facts, snapshots: [snapshotOf(name)], restoreNeeds: [need] })),
    level,
  );
}

const withSnapshot = (input: PlanInput, instance: string, more: Partial<SnapshotSeen>) =>
  withFacts(input, instance, (facts) => ({ ...facts, snapshots: [snapshotOf(instance, more)] }));

const turns = (plan: Plan) => [...turnsOf(plan)].flatMap(({ turn }) => (turn.disruptive ? [`${turn.instance} ${turn.expectedRole}`] : []));

describe('a restore in the roles of then', () => {
  test('is planned for one standby, and for the whole cluster with the primary first', async () => {
    expect(turns(planOf(await restoreInput('pg-2')))).toEqual(['pg-2 standby']);
    expect(turns(planOf(await restoreInput(null)))).toEqual(['pg-1 primary', 'pg-2 standby', 'pg-3 standby']);
  });

  test('P11 of a standby is refused when its primary does not have the WAL any more that was written since', async () => {
    const reported = withFacts(await restoreInput('pg-2'), 'pg-2', (facts) => withServer(facts, { fromArchive: false }));
    const kept = (oldestLsn: string) => withFacts(reported, 'pg-1', (facts) => withServer(facts, { oldestLsn }));
    expect(codesOf(kept('0/3000000'))).toEqual([]);
    expect(codesOf(kept('0/4000000'))).toEqual(['wal-gone']);
  });

  test('of the primary alone is refused', async () => {
    expect(codesOf(await restoreInput('pg-1'))).toEqual(['leader-restore']);
  });
});

describe('a restore and the room for it', () => {
  const withNeeds = async (instance: string | null, restoreNeeds: readonly RestoreNeed[]) =>
    withFacts(await restoreInput(instance), 'pg-2', (facts) => ({ ...facts, restoreNeeds }));
  const withRoom = (freeBytes: number, freeInodes: number) => ({ ...need, room: { freeBytes, freeInodes } });
  const refusals = (input: PlanInput) => {
    const made = makePlan(input);
    return 'problems' in made ? made.problems.map(({ code, message }) => `${code}: ${message}`) : [];
  };
  const short = (what: string) => [`space-short: pg-2: its snapshot needs ${what}; free some and plan again`];

  test('P8 is refused where its copy does not fit beside the data, by the byte and by the inode', async () => {
    expect(refusals(await withNeeds('pg-2', [withRoom(7_439_999_999, 1_440)]))).toEqual(
      short('7440000000 bytes beside /srv/pg on host-of-pg-2, only 7439999999 are free'),
    );
    expect(refusals(await withNeeds(null, [withRoom(7_440_000_000, 1_439)]))).toEqual(
      short('1440 inodes beside /srv/pg on host-of-pg-2, only 1439 are free'),
    );
    expect(refusals(await withNeeds('pg-2', [withRoom(7_440_000_000, 1_440)]))).toEqual([]);
  });

  test('P8 is refused for any file system that it does not fit on, and shows the tightest', async () => {
    const space = { path: '/mnt/space', bytes: 1_000, inodes: 1, room: { freeBytes: 1_199, freeInodes: 10 } };
    expect(refusals(await withNeeds('pg-2', [need, space]))).toEqual(
      short('1200 bytes beside /mnt/space on host-of-pg-2, only 1199 are free'),
    );
    const plan = planOf(await withNeeds('pg-2', [need, { ...space, room: { freeBytes: 1_200, freeInodes: 10 } }]));
    expect([...turnsOf(plan)].find(({ turn }) => turn.disruptive)?.turn.need).toEqual({ bytes: 1_200, freeBytes: 1_200 });
  });

  test('P8 is refused where nobody could measure it, but not for who is not restored', async () => {
    const output = { check: 'restore-need', ok: null, detail: 'the disk does not answer' };
    const unreported = withFacts(await restoreInput('pg-2'), 'pg-2', ({ restoreNeeds: _, ...facts }) => ({ ...facts, findings: [output] }));
    expect(refusals(unreported)).toEqual([
      'restore-unknown: pg-2: its agent did not report the space that restoring its snapshot needs: the disk does not answer',
    ]);
    expect(refusals(withFacts(await restoreInput('pg-2'), 'pg-3', ({ restoreNeeds: _, ...facts }) => facts))).toEqual([]);
  });
});

describe('a restore after a switchover', () => {
  // The twins' primary is pg-1; what is told of then is as if it had been pg-2 when the snapshots were made.
  const movedSince = async (instance: string | null) =>
    withSnapshot(withSnapshot(await restoreInput(instance), 'pg-1', { role: 'standby' }), 'pg-2', { role: 'primary' });

  test('P7 of one node is refused: its snapshot would come up as a second primary', async () => {
    expect(codesOf(await movedSince('pg-2'))).toEqual(['other-role']);
    expect(codesOf(await movedSince('pg-3'))).toEqual([]);
  });

  test('P7 of the whole cluster is refused for each member whose role moved', async () => {
    expect(codesOf(await movedSince(null))).toEqual(['other-role', 'other-role']);
  });
});

describe('a restore prints what is restored, who goes first, and what is lost', () => {
  test('of the whole cluster', async () => {
    await expect(printed(planOf(await restoreInput(null)), 'p-BACKA')).toMatchFileSnapshot('../golden/planner/restore-cluster.txt');
  });

  test('of one node', async () => {
    await expect(printed(planOf(await restoreInput('pg-2')), 'p-BACK1')).toMatchFileSnapshot('../golden/planner/restore-node.txt');
  });
});

describe('a restore of what is down or damaged', () => {
  test('of a standby that does not start goes by its disk and its snapshot', async () => {
    const plan = planOf(withFacts(await restoreInput('pg-2'), 'pg-2', down));
    expect(turns(plan)).toEqual(['pg-2 standby']);
    expect(plan.nodes.find(({ instance }) => instance === 'pg-2')).toMatchObject({ role: 'standby', version: '16.4' });
    const downtime = [...turnsOf(plan)].find(({ turn }) => turn.disruptive)?.turn.variants.find(({ role }) => role === 'standby')?.steps[0];
    expect(downtime?.body).toMatchObject({ parts: ['stop', 'restore', 'activate', 'start'] });
  });

  test('of a whole cluster that is down rolls back who led first', async () => {
    const input = await restoreInput(null);
    expect(turns(planOf(allDown(input)))).toEqual(['pg-1 primary', 'pg-2 standby', 'pg-3 standby']);
    const moved = withSnapshot(withSnapshot(input, 'pg-1', { role: 'standby' }), 'pg-3', { role: 'primary' });
    expect(turns(planOf(allDown(moved)))).toEqual(['pg-3 primary', 'pg-1 standby', 'pg-2 standby']);
  });

  test('P7 of a whole cluster needs exactly one snapshot of a primary', async () => {
    const input = await restoreInput(null);
    expect(codesOf(allDown(withSnapshot(input, 'pg-2', { role: 'primary' })))).toEqual(['one-leader']);
    expect(codesOf(allDown(withSnapshot(input, 'pg-1', { role: 'standby' })))).toEqual(['one-leader']);
  });

  test('of a member that needs a reseed, or runs another minor than the others, is planned as it is', async () => {
    const parted = withFacts(await restoreInput('pg-2'), 'pg-2', (facts) => ({
      ...facts,
      inService: false,
      findings: [{ check: 'needs-no-reseed', ok: false, detail: 'timeline 2 left timeline 1' }],
    }));
    expect(codesOf(parted)).toEqual([]);
    const ahead = withFacts(await restoreInput('pg-2'), 'pg-2', (facts) => ({
      ...facts,
      version: { ...facts.version, running: '16.14', onDisk: '16.14' },
    }));
    const downtime = [...turnsOf(planOf(ahead))].find(({ turn }) => turn.disruptive)?.turn.variants[0]?.steps[0];
    expect(downtime?.body).toMatchObject({ expectVersion: '16.14' });
  });

  test('is refused for what is wrong with the others, for whose agent is silent, and for who is nameless or has no snapshot', async () => {
    const input = await restoreInput('pg-2');
    expect(codesOf(withFacts(input, 'pg-3', down))).toContain('node-down');
    const nodes = input.view.nodes.map((node) => (node.instance === 'pg-2' ? { ...node, connected: false } : node));
    expect(codesOf({ ...input, view: { ...input.view, nodes } })).toContain('agent-lost');
    expect(codesOf(withFacts(input, 'pg-2', (facts) => ({ ...down(facts), memberId: null })))).toEqual(['member-unknown']);
    expect(codesOf(withFacts(input, 'pg-2', (facts) => ({ ...down(facts), snapshots: [] })))).toEqual(['no-snapshot']);
  });

  test('P7 of one node is refused where its snapshot is of a primary, or where nobody leads', async () => {
    const input = await restoreInput('pg-2');
    expect(codesOf(withFacts(withSnapshot(input, 'pg-2', { role: 'primary' }), 'pg-2', down))).toEqual(['leader-restore']);
    const headless = withFacts(await restoreInput('pg-2'), 'pg-1', (facts) => ({ ...facts, role: 'standby' }));
    expect(codesOf(headless)).toContain('no-leader');
  });
});

function allDown(input: PlanInput): PlanInput {
  return Object.keys(then).reduce((each, name) => withFacts(each, name, down), input);
}
