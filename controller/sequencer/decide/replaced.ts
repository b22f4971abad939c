/**
 * PURE. A member that was replaced by hand while its run waited: the same instance on the same host, which the database knows by another id. What is
 * asked about it from then on is asked by that id.
 */
import type { NodeView } from '../../../common/facts.ts';
import { isExcluded, memberIdOf } from '../run/run-status.ts';
import type { DecisionBuilder } from './decision.ts';
import { nodeOf, serves } from './decision-input.ts';

/** Its own word is not enough, as settings may name another member: the others have to know the new id, and the old one no more (P12). */
export function noteReplaced(builder: DecisionBuilder): void {
  const { plan, view, procedure, fresh } = builder.now();
  if (!fresh) return;
  for (const planned of plan.nodes) {
    const { instance } = planned;
    const node = nodeOf({ view }, instance);
    const [was, member] = [memberIdOf(builder.status, planned), node?.facts?.memberId ?? null];
    if (member === null || member === was || !serves(node) || node?.facts?.databaseId !== plan.databaseId) continue;
    const isWitness = (other: NodeView) => other.instance !== instance && serves(other) && !isExcluded(builder.status, other.instance);
    const seen = procedure.membersSeen({ ...view, nodes: view.nodes.filter(isWitness) });
    if (!seen.includes(member) || seen.includes(was)) continue;
    const repair = procedure.repairReplaced;
    builder.emit({ type: 'member-replaced', instance, was, member, ...(repair === undefined ? {} : { repair }) });
  }
}
