/** PURE. What of a node's local settings is no longer as the plan has it. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { PlanNode } from '../../common/plan.ts';

/**
 * `unit was db-3, is db@3`; null: nothing changed; empty: something did, and plan or agent, being of 0.1, name only the
 * digest of it.
 */
export function profileDrift(
  planned: Pick<PlanNode, 'profile' | 'profileDigest'>,
  node: Pick<NodeView, 'profile' | 'profileDigest'>,
): string | null {
  if (planned.profileDigest === node.profileDigest) return null;
  const [was, is] = [planned.profile, node.profile];
  if (was === undefined || is === undefined) return '';
  const changed = [...new Set([...Object.keys(was), ...Object.keys(is)])].sort().filter((setting) => was[setting] !== is[setting]);
  return changed.map((setting) => `${setting} was ${was[setting] ?? 'not set'}, is ${is[setting] ?? 'not set'}`).join('; ');
}
