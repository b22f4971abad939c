/** What a plan is made of, for a healthy cluster of twins; tests change what they are about. */
import type { ClusterView, NodeFacts } from '../../common/facts.ts';
import type { Bundle } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { renderPlan } from '../../common/render-plan.ts';
import { makePlan } from '../../controller/planner/make-plan.ts';
import type { PlanInput } from '../../controller/planner/plan-input.ts';
import { postgresqlProcedure } from '../../engines/postgresql/procedure.ts';
import { postgresqlScheme } from '../../engines/postgresql/scheme.ts';
import { ask } from '../rules/builtin.ts';
import { FleetTwin, releaseOf, twinCluster } from '../twins/fleet.ts';
import { bundleFor, inputAlong } from './input-along.ts';

export function bundleOf(version: string, arch = 'x64'): Bundle {
  const sizes = { sizeBytes: 40_000_000, unpackedBytes: 80_000_000, unpackedInodes: 2_000 };
  return bundleFor('postgresql', version, releaseOf(version), sizes, arch);
}

export async function inputFor(size: number, from = '16.4', to = '16.14'): Promise<PlanInput> {
  const view = await new FleetTwin(size).view(twinCluster);
  return inputOf(view, from, to);
}

export function inputOf(view: ClusterView, from = '16.4', to = '16.14'): PlanInput {
  const path = ask('postgresql', from, to, { os: 'debian:12', arch: 'x64' });
  return {
    ...inputAlong({ view, path, engine: 'postgresql', procedure: postgresqlProcedure, scheme: postgresqlScheme }),
    releases: ['16.4', '16.14'].map((version) => bundleOf(version)),
    affected: new Map(path.hops.flatMap(({ tasks }) => tasks.map((task) => [task, { affected: 'not-affected', detail: 'none' }]))),
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
