import { describe, expect, test } from 'vitest';
import { type Hop, type Plan, turnsOf } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import { withFacts } from '../engines/etcd-fixtures.ts';
import { ask } from '../rules/builtin.ts';
import { etcdInputOf as inputOf } from './etcd-input.ts';
import { codesOf, planOf } from './input.ts';

const snapshotsOf = (hop: Hop) =>
  hop.phases
    .flatMap(({ waves }) => waves.flatMap(({ turns }) => turns.flatMap(({ variants }) => variants.flatMap(({ steps }) => steps))))
    .filter(({ body }) => body.kind === 'snapshot');
const disruptive = (plan: Plan) => [...turnsOf(plan)].filter(({ turn }) => turn.disruptive).map(({ turn }) => turn.instance);

describe('a plan for etcd', () => {
  test('M43 refuses hops below 3.5, which the rules allow and its tools cannot do', () => {
    const made = makePlan({ ...inputOf('3.5.21', '3.5.35'), path: ask('etcd', '3.3.27', '3.4.45', { os: 'debian:12', arch: 'x64' }) });
    const problems = 'problems' in made ? made.problems : [];
    expect(problems).toContainEqual(expect.objectContaining({ code: 'no-procedure', message: expect.stringContaining('etcdutl') }));
  });

  test('M43 goes from 3.5 to 3.7 minor by minor, over the patch that each guide asks for, and prints as a person reads it', async () => {
    const plan = planOf(inputOf('3.5.21', '3.7.3'));
    // Without digests, which change with every word of a rule pack.
    const digest = `sha256:${'0'.repeat(64)}`;
    const printed = renderPlan({ ...plan, pack: { name: 'etcd', version: 1, digest } }, 'p-3TCD7', digest);
    await expect(`${printed}\n`).toMatchFileSnapshot('../golden/plan/etcd-3.5-to-3.7.txt');
  });

  test('takes the leader last in every hop, also downwards', () => {
    const up = planOf(inputOf('3.5.21', '3.7.3'));
    expect(disruptive(up)).toEqual(up.hops.flatMap(() => ['etcd-2', 'etcd-3', 'etcd-1']));
    const down = planOf(inputOf('3.6.16', '3.5.35', true));
    expect(disruptive(down)).toEqual(['etcd-2', 'etcd-3', 'etcd-1']);
  });

  test('of the same facts is the same, and every step id is there once', () => {
    const plan = planOf(inputOf('3.5.21', '3.7.3'));
    expect(planOf(inputOf('3.5.21', '3.7.3'))).toEqual(plan);
    const ids = [...turnsOf(plan)].flatMap(({ turn }) =>
      turn.variants.flatMap(({ steps, undo }) => [...steps, ...undo].map(({ id }) => id)),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('P8 makes one proven snapshot in every hop, of whoever leads then, before anything is told or stopped', () => {
    for (const plan of [planOf(inputOf('3.5.21', '3.7.3')), planOf(inputOf('3.6.16', '3.5.35', true))])
      for (const hop of plan.hops) {
        const phases = hop.phases.map(({ name }) => name);
        expect(phases.indexOf('snapshot')).toBeLessThan(phases.findIndex((name) => name === 'prepare' || name === 'canary'));
        expect(snapshotsOf(hop)).toMatchObject([
          { executor: { kind: 'role', role: 'leader' }, body: { verify: 'list', hop: hop.id, needBytes: 300_000_000 } },
        ]);
        const ageing = hop.phases.find(({ name }) => name === 'cleanup')?.waves.at(-1)?.turns ?? [];
        const bodies = ageing.flatMap(({ variants }) => variants.flatMap(({ steps }) => steps.map(({ body }) => body)));
        expect(bodies).toHaveLength(3);
        for (const body of bodies) expect(body).toMatchObject({ part: 'snapshot', hop: hop.id });
      }
  });

  test('leaves nothing to a person between 3.5 and 3.7, up or down', () => {
    for (const plan of [
      planOf(inputOf('3.5.21', '3.7.3')),
      planOf(inputOf('3.7.3', '3.6.16', true)),
      planOf(inputOf('3.6.16', '3.5.35', true)),
    ])
      expect(plan.risks.filter((risk) => risk.includes('person'))).toEqual([]);
  });

  test('proves its snapshots as deeply as a person asks', () => {
    const input = inputOf('3.5.21', '3.7.3');
    const plan = planOf({ ...input, options: { ...input.options, snapshot: { verify: 'restore-compare', keepMs: 1 } } });
    for (const hop of plan.hops) expect(snapshotsOf(hop)).toMatchObject([{ body: { verify: 'restore-compare', needBytes: 600_000_000 } }]);
  });

  test('P8 is refused without room for the snapshot where the leader is, and whatever room the others have', () => {
    const input = inputOf('3.5.35', '3.6.16');
    const full = (instance: string) => {
      const space = { freeBytes: 299_999_999, freeInodes: 1e6 };
      return withFacts(input.view, instance, { space: { releases: { freeBytes: 40e9, freeInodes: 1e6 }, data: space } });
    };
    expect(codesOf({ ...input, view: full('etcd-1') })).toEqual(['space-short']);
    expect(codesOf({ ...input, view: full('etcd-2') })).toEqual([]);
  });

  test('takes a restart as it is: no snapshot where nothing asks for one', () => {
    const input = inputOf('3.5.35', '3.6.16');
    const path = levelPath('etcd', '3.5.35', input.path.pack);
    const plan = planOf({ ...input, path, limits: [], goal: { kind: 'restart', config: null, always: true } });
    expect(plan.hops.flatMap(snapshotsOf)).toEqual([]);
    expect(disruptive(plan)).toEqual(['etcd-2', 'etcd-3', 'etcd-1']);
  });

  test('puts no snapshot back, and says in one sentence what to do instead', () => {
    const input = inputOf('3.5.35', '3.6.16');
    const path = levelPath('etcd', '3.5.35', input.path.pack);
    for (const instance of [null, 'etcd-2']) {
      const made = makePlan({ ...input, path, limits: [], goal: { kind: 'restore', run: 'r-1', instance } });
      expect(made).toEqual({
        problems: [
          expect.objectContaining({
            code: 'no-restore',
            message: expect.stringMatching(/^etcd-main: restoring an etcd snapshot .* by hand with etcdutl/),
          }),
        ],
      });
    }
  });

  test('is refused below what the files allow, and down without saying so', () => {
    const input = inputOf('3.5.35', '3.6.16');
    expect(codesOf({ ...input, path: ask('etcd', '3.5.35', '3.3.27') })).toContain('path-refused');
    expect(codesOf({ ...inputOf('3.6.16', '3.5.35', true), options: input.options })).toContain('downgrade-not-said');
  });

  test('is refused while an alarm is raised', () => {
    const input = inputOf('3.5.35', '3.6.16');
    const raised = withFacts(input.view, 'etcd-2', {
      detail: { ...input.view.nodes[1]?.facts?.detail, alarms: ['NOSPACE of 1'] },
    });
    expect(codesOf({ ...input, view: raised })).toEqual(['no-alarm']);
  });
});
