/** PURE. Does the way that a plan goes still follow from the rules that are active now? */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import type { Plan } from '../../common/plan.ts';
import type { RulePacks } from '../rules/pack.ts';
import { findPath } from '../rules/path.ts';

/** One sentence for how the result differs; null: it is the same, or no rule speaks of this plan. */
export function pathDifference(plan: Plan, view: ClusterView, packs: RulePacks, today: string): string | null {
  if (plan.goal.release === undefined || packs.get(plan.engine)?.digest === plan.pack.digest) return null;
  const hosts = view.nodes.map(({ host, os, arch }) => ({ host, os: os === 'unknown' ? null : os, arch }));
  if (hosts.length === 0) return null;
  const path = findPath({ engine: plan.engine, from: plan.from, to: plan.to, hosts, traits: {}, today }, packs);
  const rules = `the rules active now (${path.pack.name} ${path.pack.version})`;
  if (!path.admissible) return `${rules} refuse ${plan.from} → ${plan.to}: ${reasonsOf(path)}`;
  const now = path.hops.map(hopText).join(', then ');
  const planned = plan.hops.map(hopText).join(', then ');
  return now === planned ? null : `${rules} lead ${now}; planned was ${planned}`;
}

const hopText = (hop: Pick<PathHop, 'from' | 'to' | 'kind' | 'finalize' | 'rollback'>): string =>
  `${hop.from} → ${hop.to} (${hop.kind}, finalize ${hop.finalize}, rollback ${hop.rollback})`;

function reasonsOf({ refused }: PathDocument): string {
  return [...new Set(refused.map((each) => each.reason))].join('; ') || 'no rule leads there';
}
