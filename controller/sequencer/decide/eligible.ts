/** PURE. Which of the nodes that are left may be next, also where snapshots are restored, and which one the run stops next: what speaks against a stop is looked for in time, and only there. */
import type { Direction, Plan } from '../../../common/plan.ts';
import { hasWaves, planIndex, runIndex } from '../run/run-index.ts';
import type { RunStatus } from '../run/run-status.ts';
import { isDowntime, stepsToRun } from '../run/turn-progress.ts';
import { type DecisionInput, serves } from './decision-input.ts';

/** Nodes that this run restores and has not done with: down or damaged they do not keep it from going on. */
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

/** What speaks against a stop of this node speaks against what the run does next: it is the node, or it goes down with all others. */
export function isStoppedNext(input: DecisionInput, instance: string): boolean {
  const { plan, status } = input;
  const index = runIndex(plan, status);
  const hop = index.currentHop;
  if (hop === null || !hasWaves(hop)) return nextStop(input) === instance;
  const isBegun = index.chosenDisruptive.some((place) => place.hop === hop);
  return !isBegun && status.way === 'forward' && status.aborting === null;
}

/**
 * The node of the turn that is open and has not taken anything down yet; where none is open, the one that would be chosen now. null:
 * nothing is stopped next on the way forward.
 */
export function nextStop(input: DecisionInput): string | null {
  const { plan, status } = input;
  const hop = runIndex(plan, status).currentHop;
  if (hop === null || status.way === 'back' || status.aborting !== null || hasWaves(hop)) return null;
  const open = runIndex(plan, status).chosenDisruptive.find((place) => !runIndex(plan, status).isComplete(place.turn));
  if (open !== undefined) {
    const first = stepsToRun(open.turn, open.chosen).find(isDowntime);
    const last = first === undefined ? undefined : open.chosen.steps[first.id];
    const isToCome = last === undefined || ((last.state === 'failed' || last.state === 'retry') && last.effect === 'none');
    return first !== undefined && isToCome ? open.turn.instance : null;
  }
  const instances = runIndex(plan, status)
    .toStop(hop)
    .map(({ turn }) => turn.instance ?? '');
  return instances.length === 0 ? null : (eligibleNow(input, instances, hop.direction)[0] ?? null);
}
