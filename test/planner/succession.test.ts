/** `--primary switchover` where it cannot be: refused by its code before anything is touched, and planned all the same without it. */
import { describe, expect, test } from 'vitest';
import type { NodeFacts } from '../../common/facts.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { codesOf, inputFor, inputOf, withFacts } from './input.ts';

const changedEach = (input: PlanInput, change: (facts: NodeFacts) => NodeFacts): PlanInput =>
  input.view.nodes.reduce((so, { instance }) => withFacts(so, instance, change), input);
const handingOver = (input: PlanInput): PlanInput => ({ ...input, options: { ...input.options, leader: 'switchover' } });

function messageOf(input: PlanInput): string {
  const made = makePlan(input);
  return 'problems' in made ? made.problems.map(({ message }) => message).join('\n') : '';
}

async function onTheWayDown(): Promise<PlanInput> {
  const release = { current: '16.14-aaaaaaaaaaaa', previous: null, installed: ['16.14-aaaaaaaaaaaa'] };
  const { view } = changedEach(await inputFor(3), (facts) => ({
    ...facts,
    version: { ...facts.version, running: '16.14', onDisk: '16.14' },
    release,
  }));
  const input = inputOf(view, '16.14', '16.4');
  return { ...input, options: { ...input.options, downgrade: true } };
}

/** A standby must not have less of this than its primary, so that the primary goes first. */
async function limitFalls(): Promise<PlanInput> {
  const preview = { file: 'postgresql.conf', lines: [], restartKeys: ['max_connections'], problems: [], warnings: [] };
  const input = changedEach(await inputFor(3), (facts) => ({
    ...facts,
    config: { ...preview, fromDigest: 'sha256:a', toDigest: 'sha256:b' },
  }));
  const goal = { kind: 'restart', config: [{ op: 'set', key: 'max_connections', value: '50' }], always: false } as const;
  return { ...input, path: levelPath('postgresql', '16.4', input.path.pack), limits: [], goal };
}

async function restoreOf(instance: string | null): Promise<PlanInput> {
  const input = await inputFor(3);
  const made = { madeAtMs: 0, expiresAtMs: 1e15, bytes: 1, version: '16.4', verified: 'list', position: '0/3000000' };
  const goal = { kind: 'restore', run: 'r-1', instance } as const;
  const restored = { ...input, path: levelPath('postgresql', '16.4', input.path.pack), limits: [], goal };
  return changedEach(restored, (facts) => ({
    ...facts,
    snapshots: [{ id: `r-1.${facts.instance}`, run: 'r-1', role: facts.role ?? '', ...made }],
    restoreNeeds: [],
  }));
}

async function withoutSuccessor(): Promise<PlanInput> {
  const input = await inputFor(3);
  const { successor: _, ...procedure } = input.procedure;
  return { ...input, procedure };
}

const cases: readonly (readonly [why: string, input: () => Promise<PlanInput>, code: string, says: RegExp])[] = [
  ['where there is no standby', () => inputFor(1), 'no-successor', /^pg-main: no standby streams from pg-1; .* --primary restart/],
  ['on the way down', onTheWayDown, 'no-switchover', /in a downgrade.*--primary restart/],
  ['for a change that takes a limit down', limitFalls, 'no-switchover', /when a limit is lowered.*--primary restart/],
  ['for a restore of one node', () => restoreOf('pg-2'), 'no-switchover', /--primary restart/],
  ['for a restore of the whole cluster', () => restoreOf(null), 'no-switchover', /--primary restart/],
  ['where the engine moves the role automatically', withoutSuccessor, 'no-switchover', /moves its primary automatically; omit --primary$/],
];

describe('a switchover is refused', () => {
  test.each(cases)('%s', async (_why, inputWith, code, says) => {
    const input = await inputWith();
    expect(codesOf(handingOver(input))).toEqual([code]);
    expect(messageOf(handingOver(input))).toMatch(says);
    expect(codesOf(input)).toEqual([]);
  });
});

describe('13.9: which way of the primary pauses writes less', () => {
  const lineOf = (input: PlanInput): string | undefined => {
    const made = makePlan(input);
    const text = 'plan' in made ? renderPlan(made.plan, 'p-7Q4M', 'sha256:00') : '';
    return text.split('\n').find((line) => line.startsWith('Writes pause '));
  };

  test('13.9: the plan that goes the longer way advises the other, by the estimates of both; the shorter one advises nothing', async () => {
    const input = await inputFor(3);
    const line = 'Writes pause less with `--primary restart` here: about 0.5 s against 0.6 s.';
    expect([lineOf(input), lineOf(handingOver(input))]).toEqual([undefined, line]);
  });

  test.each(cases)('13.9: it says nothing %s', async (_why, inputWith) => {
    expect(lineOf(await inputWith())).toBeUndefined();
  });
});
