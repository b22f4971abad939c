/**
 * PURE. A leader's snapshot brings along what keeps what the others need to follow it: restored themselves, they begin before it does. Once all
 * of them follow, or where the run ends before, it is kept no longer (P19).
 */
import type { Step } from '../../../common/plan.ts';
import type { PlannedNode } from '../plan-input.ts';
import type { HopInput } from './hop-input.ts';
import { letGoOf, type StepDraft } from './snapshot.ts';

/** The leader that is restored, and what is done there at the end; null: none is, or nothing is ever kept. */
export function restoredLeader({ procedure, order, restore }: HopInput): { readonly node: PlannedNode; readonly letGo: StepDraft } | null {
  const node = order.find((each) => each.role === procedure.leaderRole && restore(each) !== null);
  return node === undefined || procedure.retainKey === undefined ? null : { node, letGo: letGoOf(procedure.retainKey) };
}

/** By which a run that ends early rolls back what came with the snapshot: in the turn that puts this node back. */
export function undoOfRestored(input: HopInput, node: PlannedNode, idPrefix: string): readonly Step[] {
  const leader = restoredLeader(input);
  if (leader?.node !== node) return [];
  const { verb, ...draft } = leader.letGo;
  const executor = { kind: 'instance', instance: node.view.instance } as const;
  return [{ id: `${idPrefix}.${verb}`, executor, guards: [], repeat: 'convergent', healthCheck: null, ...draft }];
}
