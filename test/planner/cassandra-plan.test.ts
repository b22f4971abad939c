import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { cassandraProcedure as procedure } from '../../engines/cassandra/procedure.ts';
import { cassandraScheme as scheme } from '../../engines/cassandra/scheme.ts';
import { clusterOf, sixNodes, threeNodes } from '../engines/cassandra-fixtures.ts';
import { ask, builtin } from '../rules/builtin.ts';
import { planOf } from './input.ts';

function inputOf(from: string, to: string, places = threeNodes): PlanInput {
  const view = clusterOf(places, from);
  const path = ask('cassandra', from, to, { os: 'debian:12', arch: 'x64', traits: { cassandraLatestYaml: 'false' } });
  return {
    view,
    path,
    limits: path.hops.map((hop) => limitsOf(packFor('cassandra', builtin), hop)),
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: view.expectedMembers,
      adopted: view.nodes.map((node) => node.instance),
      enrolled: view.nodes,
      seen: procedure.membersSeen(view),
      refused: [],
    }),
    releases: path.hops.map((hop) => ({
      engine: 'cassandra',
      version: hop.to,
      arch: 'x64',
      artifacts: [{ role: 'server', digest: `sha256:${hop.to}`, sizeBytes: 48_000_000, unpackedBytes: 48_000_000, unpackedInodes: 80 }],
      release: `${hop.to}-bbbbbbbbbbbb`,
    })),
    procedure,
    affected: new Map(),
    keepsReleases: false,
    external: [],
    scheme,
    goal: { kind: 'release' },
    options: {
      canary: null,
      settleMs: 60_000,
      soakMs: null,
      finalize: 'on-command',
      finalizeWithinMs: null,
      downgrade: false,
      leader: 'restart',
      approval: 'plan',
      snapshot: null,
    },
  };
}

const digest = `sha256:${'0'.repeat(64)}`;
/** Without digests, which change with every word of a rule pack. */
const printed = (plan: Plan) => `${renderPlan({ ...plan, pack: { name: 'cassandra', version: 1, digest } }, 'p-3TCD7', digest)}\n`;
const phasesOf = (plan: Plan) => plan.hops.map(({ phases }) => phases.map(({ name }) => name));

describe('a plan for Cassandra', () => {
  test('M14 M15 M16 prints as a person reads it, and as its page has it', async () => {
    const text = printed(planOf(inputOf('4.0.15', '4.1.7')));
    await expect(text).toMatchFileSnapshot('../golden/plan/cassandra-4.0-to-4.1.txt');
    expect(readFileSync(new URL('../../docs/engines/cassandra.md', import.meta.url), 'utf8')).toContain(text);
  });

  test('rewrites files after the last node between series, once, one node after the other, and not within one', () => {
    expect(phasesOf(planOf(inputOf('4.0.15', '4.1.7')))).toEqual([
      ['preflight', 'stage', 'snapshot', 'canary', 'roll', 'migrate', 'verify', 'cleanup'],
    ]);
    expect(phasesOf(planOf(inputOf('4.1.6', '4.1.7')))).toEqual([['preflight', 'stage', 'canary', 'roll', 'verify', 'cleanup']]);
    const migrate = planOf(inputOf('4.0.15', '4.1.7')).hops[0]?.phases.find(({ name }) => name === 'migrate');
    expect(migrate?.waves.map(({ order, turns }) => [order, turns.map(({ instance }) => instance)])).toEqual([
      ['serial', ['cass-1', 'cass-2', 'cass-3']],
    ]);
  });

  test('P10 into 5.0 is refused: what finalizes it is not carried out here', () => {
    const made = makePlan(inputOf('4.1.7', '5.0.4'));
    expect('problems' in made ? made.problems.map(({ code }) => code) : []).toContain('no-procedure');
  });

  test('P11 M14 where a rollback restores, each node has its snapshot first, and no turn is rolled back automatically', () => {
    const plan = planOf(inputOf('4.0.15', '4.1.7'));
    const downtimes = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap(({ steps }) => steps)).map(({ body }) => body);
    for (const body of downtimes) if (body.kind === 'downtime') expect(body.onFailure).toBe('leave-stopped');
    const undo = [...turnsOf(plan)].flatMap(({ turn }) => (turn.disruptive ? turn.variants.flatMap((variant) => variant.undo) : []));
    expect(undo.flatMap(({ body }) => (body.kind === 'downtime' ? [body.parts.join(' ')] : []))).toEqual(
      Array.from({ length: 6 }, () => 'drain stop restore activate start'),
    );
  });

  test('M16 goes through two data centres one after the other', () => {
    const order = [...turnsOf(planOf(inputOf('4.1.6', '4.1.7', sixNodes)))].filter(({ turn }) => turn.disruptive);
    expect(order.map(({ turn }) => turn.instance)).toEqual(['cass-3', 'cass-1', 'cass-2', 'cass-4', 'cass-6', 'cass-5']);
  });
});
