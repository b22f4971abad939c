/** What a plan's steps ask of agents that do not know it is found before anybody approves. */
import { expect, test } from 'vitest';
import { jobOf } from '../../common/closed-list.ts';
import type { NodeView } from '../../common/facts.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import { wordGaps } from '../../controller/planner/plan-gaps.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { directStandbys } from '../../engines/postgresql/topology.ts';
import { twinJobs } from '../twins/driver.ts';
import { inputFor, planOf } from './input.ts';

function gapsWith(input: PlanInput, change: (node: NodeView) => NodeView): readonly string[] {
  const made = makePlan({ ...input, view: { ...input.view, nodes: input.view.nodes.map(change) } });
  return 'problems' in made ? made.problems.map(({ code, message }) => `${code} ${message}`) : [];
}

test('P13 names the host whose agent does not know the verbs of the plan, and what to do', async () => {
  const input = await inputFor(3);
  const handsOver = { ...input, options: { ...input.options, leader: 'switchover' as const } };
  expect(gapsWith(handsOver, (node) => node)).toEqual([]);
  expect(gapsWith(handsOver, (node) => (node.instance === 'pg-2' ? { ...node, verbs: ['fence'] } : node))).toEqual([
    expect.stringMatching(
      /^missing-verbs pg-2: its agent does not support the verbs? [^;]*promote[^;]*; upgrade the agent on host-of-pg-2$/,
    ),
  ]);
});

test('P13 finds the verb that a downtime does last, too', async () => {
  const input = await inputFor(3);
  const handsOver = { ...input, options: { ...input.options, leader: 'switchover' as const } };
  const withoutFence = ({ instance, verbs, ...node }: NodeView) => ({
    ...node,
    instance,
    verbs: instance === 'pg-1' ? verbs.filter((verb) => verb !== 'fence') : verbs,
  });
  expect(gapsWith(handsOver, withoutFence)).toEqual([
    expect.stringMatching(/^missing-verbs pg-1: its agent does not support the verb fence;/),
  ]);
});

test('asks of each agent only what the plan asks of it', async () => {
  expect(gapsWith(await inputFor(3), (node) => ({ ...node, verbs: [], keys: [], jobs: [] }))).toEqual([]);
});

test('finds jobs and settings of steps that any member that can may be chosen for', async () => {
  const input = await inputFor(3);
  const plan = planOf(input);
  const [hop] = plan.hops;
  const [phase] = hop?.phases ?? [];
  const [wave] = phase?.waves ?? [];
  const [turn] = wave?.turns ?? [];
  const [variant] = turn?.variants ?? [];
  const [step] = variant?.steps ?? [];
  if (!hop || !phase || !wave || !turn || !variant || !step) throw new Error('the plan has no step');
  const executor = { kind: 'capable', capability: 'sql-admin', preferRole: null } as const;
  const steps = [
    { ...step, executor, body: jobOf(twinJobs, 'rewrite', { tables: 1 }) },
    { ...step, executor, body: { kind: 'set', scope: 'cluster', key: 'drain', value: 'on' } as const },
  ];
  const turns = [{ ...turn, variants: [{ ...variant, steps: [], undo: steps }] }];
  const asked = { ...plan, hops: [{ ...hop, phases: [{ ...phase, waves: [{ ...wave, turns }] }] }] };
  const nodes = input.view.nodes.map((node) =>
    node.instance === 'pg-1' ? { ...node, capabilities: ['sql'] } : { ...node, jobs: ['rewrite'] },
  );
  expect(wordGaps(asked, nodes).map(({ code, message }) => `${code} ${message}`)).toEqual([
    'missing-keys pg-2: its agent does not support the setting drain; upgrade the agent on host-of-pg-2',
    'missing-keys pg-3: its agent does not support the setting drain; upgrade the agent on host-of-pg-3',
  ]);
});

test('M59: asks each of many nodes about the words of a plan, and not about each of its steps', async () => {
  const made = makePlan(await inputFor(3));
  if (!('plan' in made)) throw new Error('it was not planned');
  const looked = (nodes: number): number => {
    let count = 0;
    const counting = (node: NodeView, instance: string): NodeView =>
      Object.defineProperty({ ...node, instance }, 'instance', {
        get() {
          count += 1;
          return instance;
        },
      });
    const steps = made.plan.hops;
    const plan = { ...made.plan, hops: Array.from({ length: nodes }, () => steps).flat() };
    const [node] = made.plan.nodes;
    const views = Array.from({ length: nodes }, (_, at) =>
      counting({ ...(node as unknown as NodeView), verbs: [], keys: [], jobs: [] }, `pg-${at + 10}`),
    );
    wordGaps(plan, views);
    return count;
  };
  // Twice the nodes, and twice the steps.
  expect(looked(40)).toBeLessThanOrEqual(2.5 * looked(20));
});

test('M59: sorts out once who streams from whom, however many nodes ask', async () => {
  const { view } = await inputFor(3);
  for (const node of view.nodes) expect(directStandbys(node)).toBe(directStandbys(node));
});
