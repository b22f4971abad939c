/** What a plan is made of, for a healthy cluster of twins; tests change what they are about. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { NodeFacts } from '../../common/facts.ts';
import type { Bundle } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { membershipProblems } from '../../controller/fleet/membership.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { packFor } from '../../controller/rules/path.ts';
import { limitsOf } from '../../controller/rules/rules-met.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { postgresqlScheme } from '../../engines/postgresql/scheme.ts';
import { ask, builtin } from '../rules/builtin.ts';
import { FleetTwin, releaseOf, twinCluster } from '../twins/fleet.ts';

export function bundleOf(version: string, arch = 'x64'): Bundle {
  return {
    engine: 'postgresql',
    version,
    arch,
    artifacts: [{ role: 'server', digest: `sha256:${version}`, sizeBytes: 40_000_000, unpackedBytes: 80_000_000, unpackedInodes: 2_000 }],
    release: releaseOf(version),
  };
}

export async function inputFor(size: number, from = '16.4', to = '16.14'): Promise<PlanInput> {
  const view = await new FleetTwin(size).view(twinCluster);
  return inputOf(view, from, to);
}

export function inputOf(view: ClusterView, from = '16.4', to = '16.14'): PlanInput {
  const path = ask('postgresql', from, to, { os: 'debian:12', arch: 'x64' });
  return {
    view,
    path,
    limits: path.hops.map((hop) => limitsOf(packFor('postgresql', builtin), hop)),
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: view.expectedMembers,
      adopted: view.nodes.map((node) => node.instance),
      enrolled: view.nodes,
      seen: postgresqlProcedure.membersSeen(view),
      refused: [],
    }),
    releases: ['16.4', '16.14'].map((version) => bundleOf(version)),
    procedure: postgresqlProcedure,
    affected: new Map(path.hops.flatMap(({ tasks }) => tasks.map((task) => [task, { affected: 'not-affected', detail: 'none' }]))),
    scheme: postgresqlScheme,
    goal: { kind: 'release' },
    keepsReleases: false,
    external: [],
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

export function withFacts(input: PlanInput, instance: string, change: (facts: NodeFacts) => NodeFacts): PlanInput {
  const nodes = input.view.nodes.map((node) =>
    node.instance === instance && node.facts !== null ? { ...node, facts: change(node.facts) } : node,
  );
  return { ...input, view: { ...input.view, nodes } };
}

export function planOf(input: PlanInput): Plan {
  const made = makePlan(input);
  if ('problems' in made) throw new Error(made.problems.map((problem) => problem.message).join('\n'));
  return made.plan;
}

export function codesOf(input: PlanInput): readonly string[] {
  const made = makePlan(input);
  return 'problems' in made ? made.problems.map((problem) => problem.code) : [];
}

/** As a person reads it, without digests, which change with every word of a rule pack. */
export function printed(plan: Plan, planId: string): string {
  const digest = `sha256:${'0'.repeat(64)}`;
  return `${renderPlan({ ...plan, pack: { name: plan.engine, version: 1, digest } }, planId, digest)}\n`;
}
