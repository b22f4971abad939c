/** PURE. Runs that put snapshots back: what a node is before its turn is given up, so that it neither chooses nor holds. */
import type { Direction, Plan } from '../../common/plan.ts';
import { type DecisionInput, serves } from './decision-input.ts';
import { planIndex, runIndex } from './run-index.ts';
import type { RunStatus } from './run-status.ts';

/** Nodes that this run restores and has not done with: down or damaged they keep nobody from it. */
export function awaitingRestore(plan: Plan, status: RunStatus): readonly string[] {
  if (plan.goal.restore === undefined || status.way === 'back' || status.aborting !== null) return [];
  return planIndex(plan)
    .places.filter(({ turn }) => turn.disruptive && !runIndex(plan, status).isComplete(turn))
    .map(({ turn }) => turn.instance ?? '');
}

/**
 * Which of the nodes that are left may be next: as the engine says by what is seen. What is restored goes as it was planned, for the
 * snapshots tell the roles. One member alone takes what was written since from the others, so one of them must lead.
 */
export function eligibleNow(input: DecisionInput, rest: readonly string[], direction: Direction): readonly string[] {
  const { plan, procedure, view } = input;
  if (plan.goal.restore === undefined) return procedure.eligible(rest, view, direction);
  const isFed = view.nodes.some((node) => !rest.includes(node.instance) && serves(node) && node.facts?.role === procedure.leaderRole);
  return isFed || !needsPeers(plan) ? rest.slice(0, 1) : [];
}

const needsPeers = ({ goal, nodes }: Plan): boolean => goal.restore?.scope === 'node' && nodes.length > 1;
