import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import type { ClusterView } from '../../common/facts.ts';
import { type Plan, type Step, turnsOf } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { levelPath } from '../../controller/planner/goals.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { ozoneProcedure as procedure } from '../../engines/ozone/procedure.ts';
import { ozoneScheme as scheme } from '../../engines/ozone/scheme.ts';
import { ozoneCluster, withoutProcess, withServer } from '../engines/ozone-fixtures.ts';
import { ask } from '../rules/builtin.ts';
import { planOf } from './input.ts';
import { bundleFor, inputAlong } from './input-along.ts';

const sizes = { sizeBytes: 280_000_000, unpackedBytes: 280_000_000, unpackedInodes: 260 };

function inputOf(view: ClusterView, from: string, to: string, more: Partial<PlanInput['options']> = {}): PlanInput {
  const path = ask('ozone', from, to, { os: 'debian:12', arch: 'x64', traits: procedure.traits?.(view) ?? {} });
  return {
    ...inputAlong({ view, path, engine: 'ozone', procedure, scheme, options: more }),
    releases: path.hops.map((hop) => bundleFor('ozone', hop.to, `${hop.to}-bbbbbbbbbbbb`, sizes)),
  };
}

const upgrade = (view: ClusterView = ozoneCluster()) => planOf(inputOf(view, '2.1.1', '2.2.1'));
const digest = `sha256:${'0'.repeat(64)}`;
/** Without digests, which change with every word of a rule pack. */
const printed = (plan: Plan) => `${renderPlan({ ...plan, pack: { name: 'ozone', version: 1, digest } }, 'p-3TCD7', digest)}\n`;
const page = () => readFileSync(new URL('../../docs/engines/ozone.md', import.meta.url), 'utf8');
const problemsOf = (input: PlanInput): readonly string[] => {
  const made = makePlan(input);
  return 'problems' in made ? made.problems.map(({ message }) => message) : [];
};
const stepsIn = (plan: Plan, phase: string): readonly Step[] =>
  plan.hops.flatMap((hop) =>
    hop.phases
      .filter(({ name }) => name === phase)
      .flatMap(({ waves }) => waves.flatMap(({ turns }) => turns.flatMap(({ variants }) => variants[0]?.steps ?? []))),
  );
const wavesOf = (plan: Plan, phase: string) =>
  plan.hops.flatMap(({ phases }) =>
    phases.filter(({ name }) => name === phase).flatMap(({ waves }) => waves.map(({ turns }) => turns.map(({ instance }) => instance))),
  );
const flagsOf = (steps: readonly Step[]) =>
  steps.flatMap(({ body, executor }) =>
    body.kind === 'downtime' && body.startFlags !== undefined && executor.kind === 'instance' && body.parts.includes('start')
      ? [`${executor.instance} ${body.startFlags.join(' ')}`]
      : [],
  );

describe('a plan for Ozone', () => {
  test('M35 M36 M40 prints as a person reads it, and as its page has it', async () => {
    const text = printed(upgrade());
    await expect(text).toMatchFileSnapshot('../golden/plan/ozone-2.1-to-2.2.txt');
    expect(page()).toContain(text);
  });

  test('M36 everything is stopped before anything is activated; storage container managers and datanodes start before managers', () => {
    const plan = upgrade();
    expect(plan.hops[0]?.phases.map(({ name }) => name)).toEqual([
      'preflight',
      'stage',
      'consent',
      'prepare',
      'stop',
      'snapshot',
      'activate',
      'start',
      'verify',
      'finalize',
      'cleanup',
    ]);
    expect(wavesOf(plan, 'stop')).toEqual([['s3g1'], ['recon1'], ['om1', 'om2', 'om3'], ['dn1', 'dn2', 'dn3'], ['scm1']]);
    expect(wavesOf(plan, 'start')).toEqual([['scm1'], ['dn1', 'dn2', 'dn3'], ['om1', 'om2', 'om3'], ['recon1'], ['s3g1'], [null]]);
    expect(wavesOf(plan, 'snapshot')).toEqual([['scm1', 'om1', 'om2', 'om3']]);
    // Once in each folder that several run from.
    expect(wavesOf(plan, 'activate')).toEqual([['dn1', 'dn2', 'dn3']]);
  });

  test('M35 prepares several managers before anything is stopped, and counts the pause of writes from there', () => {
    const plan = upgrade();
    expect(stepsIn(plan, 'prepare').map(({ body }) => body)).toEqual([
      { kind: 'set', scope: 'cluster', key: 'om-prepared', value: 'true' },
    ]);
    const down = plan.hops[0]?.phases.filter(({ name }) => ['prepare', 'stop', 'snapshot', 'activate', 'start'].includes(name)) ?? [];
    expect(plan.writesPauseMs).toBe(down.reduce((sum, { expectedMs }) => sum + expectedMs, 0));
    const [consent] = stepsIn(plan, 'consent');
    expect(consent?.title).toMatch(
      /^stop all of lake: no key can be read or written for about .*; writes stop earlier, for about .* in total$/,
    );
  });

  test('M35 one manager alone is not prepared', () => {
    const plan = upgrade(ozoneCluster({ omHa: false }));
    expect(plan.hops[0]?.phases.map(({ name }) => name)).not.toContain('prepare');
    const keys = [...turnsOf(plan)].flatMap(({ turn }) =>
      turn.variants
        .flatMap(({ steps, undo }) => [...steps, ...undo])
        .flatMap(({ body }) => (body.kind === 'set' || body.kind === 'unset' ? body.key : [])),
    );
    expect(keys).toEqual([]);
  });

  test('M37 every manager gets the flag of the way that it goes, at that start and at no other', () => {
    const plan = upgrade();
    expect(flagsOf(stepsIn(plan, 'start'))).toEqual(['om1 --upgrade', 'om2 --upgrade', 'om3 --upgrade']);
    const undo = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap((variant) => variant.undo));
    expect(flagsOf(undo).toSorted()).toEqual(['om1 --downgrade', 'om2 --downgrade', 'om3 --downgrade']);
    // Whether the unit takes it is found out before anything is stopped.
    const stops = stepsIn(plan, 'stop').flatMap(({ body }) => (body.kind === 'downtime' ? (body.startFlags ?? []) : []));
    expect(stops).toEqual(['--upgrade', '--upgrade', '--upgrade']);
  });

  test('M37 P19 cancelprepare heals a start without the flag, and undoes the preparation where the run goes back', () => {
    const plan = upgrade();
    const whole = [...turnsOf(plan)].find(({ turn }) => turn.instance === null && turn.id.includes('.start.'))?.turn.variants[0];
    expect(whole?.steps.map(({ body }) => (body.kind === 'act' ? body.verb : body.kind))).toEqual(
      ['act:cancelPrepare', 'await', 'await', 'await', 'unset', 'await'].map((word) => word.replace('act:', '')),
    );
    // From the pre-finalized state the managers are prepared again before the older release comes back.
    expect(whole?.undo.map(({ body }) => body.kind)).toEqual(['set']);
    const prepare = [...turnsOf(plan)].find(({ turn }) => turn.id.includes('.prepare.'))?.turn.variants[0];
    expect(prepare?.undo.map(({ body }) => body.kind)).toEqual(['unset']);
  });

  test('M39 finalizes storage container managers, then managers, after three datanodes were counted, and until none is read-only', () => {
    const plan = upgrade();
    const words = stepsIn(plan, 'finalize').map(({ body }) =>
      body.kind === 'act' ? `finalize ${String(body.args.service)}` : body.kind === 'await' ? body.condition : body.kind,
    );
    expect(words).toEqual([
      'consent',
      'datanodes-to-finalize',
      'finalize scm',
      'finalized',
      'finalize om',
      ...Array.from({ length: 6 }, () => 'finalized'),
      'no-read-only-datanodes',
    ]);
    expect(plan.irreversible.join()).toContain('not after 2.2.1 is finalized');
  });

  test('M40 names what is refused until it is finalized, once in the plan, in what a person is asked, and for the status', () => {
    const plan = upgrade();
    const sentence = /refused until (2\.2\.1 is finalized|then): the space distribution report, snapshot defragmentation/;
    expect(plan.risks.join('\n')).toMatch(sentence);
    expect(plan.risks.filter((risk) => risk.includes('defragmentation'))).toHaveLength(1);
    const [rest] = stepsIn(plan, 'finalize');
    expect(rest?.body.kind === 'consent' ? rest.body.thing : '').toMatch(sentence);
    const refused = ['the space distribution report', 'snapshot defragmentation'];
    expect(rest?.body).toMatchObject({ kind: 'consent', rests: { refused } });
  });

  test('M40 Recon and the S3 gateway are not critical', () => {
    expect(upgrade().nodes.flatMap(({ instance, critical }) => (critical === false ? [instance] : []))).toEqual(['recon1', 's3g1']);
  });

  test('M40 HttpFS goes first, comes last and is not critical, as the other gateways', async () => {
    const plan = upgrade(ozoneCluster({ httpfs: true }));
    expect(wavesOf(plan, 'stop').slice(0, 3)).toEqual([['httpfs1'], ['s3g1'], ['recon1']]);
    expect(wavesOf(plan, 'start').slice(-4)).toEqual([['recon1'], ['s3g1'], ['httpfs1'], [null]]);
    expect(plan.nodes.find(({ instance }) => instance === 'httpfs1')?.critical).toBe(false);
    await expect(printed(plan)).toMatchFileSnapshot('../golden/plan/ozone-httpfs-2.1-to-2.2.txt');
  });

  test('M39 a downgrade of finalized metadata is refused, one of a patch is not', () => {
    const view = ozoneCluster({ version: '2.2.1' });
    expect(problemsOf(inputOf(view, '2.2.1', '2.1.1', { downgrade: true })).join()).toContain(
      'after finalization no older version can read the layout',
    );
    expect(problemsOf(inputOf(view, '2.2.1', '2.2.0', { downgrade: true }))).toEqual([]);
  });

  test('a change of ozone-site.xml restarts one process after the other, in the order of a start, and puts the old file back', () => {
    const changed = { file: '/etc/ozone/ozone-site.xml', lines: [], restartKeys: ['ozone.replication'], problems: [], warnings: [] };
    const config = { ...changed, fromDigest: `sha256:${'a'.repeat(64)}`, toDigest: `sha256:${'b'.repeat(64)}` };
    const view = ozoneCluster();
    const nodes = view.nodes.map((node) => (node.facts === null ? node : { ...node, facts: { ...node.facts, config } }));
    const input = inputOf({ ...view, nodes }, '2.1.1', '2.2.1');
    const plan = planOf({
      ...input,
      path: levelPath('ozone', '2.1.1', input.path.pack),
      goal: { kind: 'restart', config: [{ op: 'set', key: 'ozone.replication', value: '3' }], always: false },
    });
    const turns = [...turnsOf(plan)].flatMap(({ turn }) => (turn.disruptive ? [turn] : []));
    expect(turns.map(({ instance }) => instance)).toEqual(['scm1', 'dn1', 'dn2', 'dn3', 'om1', 'om2', 'om3', 'recon1', 's3g1']);
    const undone = turns.map(({ variants }) => variants[0]?.undo.find(({ body }) => body.kind === 'downtime')?.body);
    for (const body of undone) expect(body).toMatchObject({ config: { fromDigest: config.toDigest, toDigest: config.fromDigest } });
    // Nothing is prepared or flagged where no version changes.
    expect(flagsOf(stepsIn(plan, 'roll'))).toEqual([]);
    expect(plan.hops[0]?.phases.map(({ name }) => name)).not.toContain('prepare');
  });

  test('refuses to upgrade again what was never finalized, and says that this is our policy', () => {
    const view = ozoneCluster({ metadata: { om: 6, hdds: 7 } });
    expect(problemsOf(inputOf(view, '2.1.1', '2.2.1')).join()).toContain(
      'policy of Drydock, not of the vendor: the upgrade before this one is not finalized',
    );
  });

  test.each([
    [
      'safe mode',
      withServer(ozoneCluster(), 'scm1', { safeMode: ['DataNodeSafeModeRule: 1 of 3'] }),
      'scm1 is in safe mode: DataNodeSafeModeRule',
    ],
    [
      'a dead datanode',
      withServer(ozoneCluster(), 'scm1', {
        datanodeCounts: [
          { operational: 'IN_SERVICE', health: 'HEALTHY', count: 2 },
          { operational: 'IN_SERVICE', health: 'DEAD', count: 1 },
        ],
      }),
      '1 datanode is IN_SERVICE and DEAD',
    ],
    [
      'a decommission under way',
      withServer(ozoneCluster(), 'scm1', {
        datanodeCounts: [
          { operational: 'IN_SERVICE', health: 'HEALTHY', count: 2 },
          { operational: 'DECOMMISSIONING', health: 'HEALTHY', count: 1 },
        ],
      }),
      '1 datanode is DECOMMISSIONING and HEALTHY',
    ],
    ['a manager that prepare would not find', withServer(ozoneCluster(), 'om1', { unreachable: ['om3'] }), 'waits forever if none answers'],
    ['a manager that is down', withoutProcess(ozoneCluster(), 'om3'), 'om3: its database is not running'],
  ])('refuses %s', (_, view, sentence) => {
    expect(problemsOf(inputOf(view, '2.1.1', '2.2.1')).join('\n')).toContain(sentence);
  });

  test('warns where there are too few datanodes to finalize ever', () => {
    const view = withServer(ozoneCluster(), 'scm1', { datanodeCounts: [{ operational: 'IN_SERVICE', health: 'HEALTHY', count: 2 }] });
    expect(upgrade(view).risks.join()).toContain('lake has 2 healthy datanodes: finalizing the upgrade needs 3');
  });
});
