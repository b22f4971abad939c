/** Plans that put snapshots back: which are made, and what each refusal is about. */
import { describe, expect, test } from 'vitest';
import type { SnapshotSeen } from '../../common/facts.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { codesOf, inputFor, planOf, withFacts } from './input.ts';

const run = 'r-1';
const then: Readonly<Record<string, string>> = { 'pg-1': 'primary', 'pg-2': 'standby', 'pg-3': 'standby' };

function snapshotOf(instance: string, more: Partial<SnapshotSeen> = {}): SnapshotSeen {
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  return { id: `${run}.${instance}`, role: then[instance] ?? '', ...made, ...more };
}

async function restoreInput(instance: string | null): Promise<PlanInput> {
  const input = await inputFor(3);
  const level = {
    ...input,
    path: levelPath('postgresql', '16.4', input.path.pack),
    limits: [],
    goal: { kind: 'restore', run, instance } as const,
  };
  return Object.keys(then).reduce<PlanInput>(
    (each, name) => withFacts(each, name, (facts) => ({ ...facts, snapshots: [snapshotOf(name)] })),
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

  test('of the primary alone is refused', async () => {
    expect(codesOf(await restoreInput('pg-1'))).toEqual(['leader-restore']);
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
