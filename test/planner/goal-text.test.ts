import { expect, test } from 'vitest';
import type { Plan } from '../../common/plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { goalText, planAgain } from '../../controller/planner/plan-text.ts';
import { inputFor, planOf, withFacts } from './input.ts';

const between = { cluster: 'pg-main', to: '16.14', direction: 'upgrade', canaryCount: 1 } as const;
const snapshots = ['pg-1', 'pg-3'].map((instance) => ({ instance, snapshot: `r-3.${instance}` }));
const change = { op: 'set', key: 'work_mem', value: '8MB' } as const;

test.each<[string, string, Pick<Plan, 'goal' | 'direction'>]>([
  ['upgrade', 'drydock plan pg-main --to 16.14', { goal: { release: '16.14' }, direction: 'upgrade' }],
  ['downgrade', 'drydock plan pg-main --to 16.14 --downgrade', { goal: { release: '16.14' }, direction: 'downgrade' }],
  ['restart', 'drydock plan pg-main --restart', { goal: { restart: true }, direction: 'upgrade' }],
  ['configuration', 'drydock plan pg-main --config FILE', { goal: { config: [change] }, direction: 'upgrade' }],
  [
    'configuration, restart',
    'drydock plan pg-main --config FILE --restart',
    { goal: { config: [change], restart: true }, direction: 'upgrade' },
  ],
  ['restore r-3', 'drydock restore r-3', { goal: { restore: { scope: 'cluster', run: 'r-3', snapshots } }, direction: 'upgrade' }],
  [
    'restore r-3 on pg-3',
    'drydock restore r-3 --node pg-3',
    { goal: { restore: { scope: 'node', run: 'r-3', snapshots: snapshots.slice(1) } }, direction: 'upgrade' },
  ],
])('a plan for %s is planned again by %s', (words, command, plan) => {
  expect(goalText(plan)).toBe(words);
  expect(planAgain({ ...between, ...plan })).toBe(command);
});

test('a change of the configuration that changes nothing on any node is said to be one', async () => {
  const config = {
    file: 'postgresql.conf',
    lines: [' hot_standby = on', '-work_mem = 4MB', '+work_mem = 8MB'],
    restartKeys: [],
    problems: [],
    warnings: [],
    fromDigest: `sha256:${'a'.repeat(64)}`,
    toDigest: `sha256:${'b'.repeat(64)}`,
  };
  const input = ['pg-1', 'pg-2', 'pg-3'].reduce<PlanInput>(
    (each, name) => withFacts(each, name, (facts) => ({ ...facts, config })),
    await inputFor(3),
  );
  const plan = planOf({
    ...input,
    path: levelPath('postgresql', '16.4', input.path.pack),
    limits: [],
    goal: {
      kind: 'restart',
      config: [change, { op: 'set', key: 'hot_standby', value: 'on' }, { op: 'remove', key: 'port' }],
      always: false,
    },
  });
  expect(plan.risks.filter((risk) => risk.endsWith('this change has no effect'))).toEqual([
    'every node already has hot_standby = on: this change has no effect',
    'no node sets port: this change has no effect',
  ]);
});
