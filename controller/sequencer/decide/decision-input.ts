/** PURE. What a decision knows of a cluster and its run, and which nodes may go now. */

import type { SoakProgress } from '../../../common/events.ts';
import type { ClusterView, NodeView } from '../../../common/facts.ts';
import type { Direction, Plan, PlanNode } from '../../../common/plan.ts';
import type { Problem, Procedure } from '../../../common/procedure.ts';
import type { EpochClaim } from '../../store/store.ts';
import { hasWaves, planIndex, runIndex } from '../run/run-index.ts';
import { isExcluded, memberIdOf, openSteps, type RunStatus } from '../run/run-status.ts';
import { isDowntime, isUndone, stepsToRun } from '../run/turn-progress.ts';

export interface DecisionInput {
  readonly runId: string;
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: ClusterView;
  /** Every linked node was asked to look at itself after the last receipt of this run, just now. Without it nothing is begun (P2). */
  readonly fresh: boolean;
  /** Nodes disconnected for longer than a reconnect takes, with the time their hosts were last seen at; null: unknown. */
  readonly lost: ReadonlyMap<string, number | null>;
  /** Where expected, enrolled and seen members disagree. */
  readonly membership: readonly Problem[];
  /** Members that began another life although nothing that this run ordered made them, and that were not seen well since. */
  readonly restarted: ReadonlySet<string>;
  /** Why another run keeps disruptive orders from a host, one sentence, by host. */
  readonly busyHosts: ReadonlyMap<string, string>;
  /** Steps that failed for a passing reason and whose pause is over. */
  readonly dueAgain: ReadonlySet<string>;
  /** How steps that the controller watches stand by the newest probe, by step. */
  readonly soaks: ReadonlyMap<string, SoakProgress>;
  /** Consents that are too old for what was agreed to. */
  readonly expired: ReadonlySet<string>;
  /** What shows that the fleet went on without this store, one sentence; null: nothing does. */
  readonly behindFleet: string | null;
  /** Nodes whose agent this process has not heard yet: it may be the one that shows it. */
  readonly unheard: readonly string[];
  /** How the rules active now lead elsewhere than the plan goes, one sentence; null: they do not. */
  readonly rulesChanged: string | null;
  readonly procedure: Procedure;
  /** The epoch that orders go out under. */
  readonly claim: EpochClaim;
  /** Who said what is being decided on; null: no person, time went on. */
  readonly actor: string | null;
}

export function nodeOf(input: { readonly view: Pick<ClusterView, 'nodes'> }, instance: string): NodeView | null {
  return input.view.nodes.find((node) => node.instance === instance) ?? null;
}

/** In service as it says itself, heard of over an open link. Unknown counts as out (P1). */
export function serves(node: NodeView | null): boolean {
  if (node === null || !node.connected || node.facts === null) return false;
  return node.facts.incarnation !== null && node.facts.inService;
}

/**
 * The database itself counts this node among its members, by what the others show. Where no other node shows anything it does, as far as is
 * known (P1).
 */
export function isCounted({ view, status, procedure }: Pick<DecisionInput, 'view' | 'status' | 'procedure'>, node: PlanNode): boolean {
  const { instance } = node;
  const isWitness = (other: NodeView) => other.connected && other.facts !== null && !isExcluded(status, other.instance);
  const nodes = view.nodes.filter((other) => other.instance !== instance && isWitness(other));
  return nodes.length === 0 || procedure.membersSeen({ ...view, nodes }).includes(memberIdOf(status, node));
}

/**
 * Nodes of the plan that are down, are in their turn, or cannot be told; they use up the budget. A turn that was broken off by the
 * rollback, or that only prepares to go back, and has no order under way: its node counts by how it serves, else others would wait for ever.
 * An excluded node counts as long as the database counts it.
 */
export function down(input: Pick<DecisionInput, 'plan' | 'status' | 'view' | 'procedure'>): readonly string[] {
  const { plan, status } = input;
  const underWay = openSteps(status).map(({ turn }) => turn);
  const untouched = runIndex(plan, status).chosenDisruptive.filter(
    ({ turn, chosen }) => status.way === 'back' && !isUndone(turn, chosen) && !underWay.includes(turn.id),
  );
  const inTurn = runIndex(plan, status).inTurn.filter((instance) => !untouched.some(({ turn }) => turn.instance === instance));
  const isOut = (node: PlanNode) =>
    inTurn.includes(node.instance) ||
    (!serves(nodeOf(input, node.instance)) && (!isExcluded(status, node.instance) || isCounted(input, node)));
  return plan.nodes.filter(isOut).map(({ instance }) => instance);
}

// Which of the nodes that are left may be next, also where snapshots are restored, and which one the run stops next: what speaks against a stop is
// looked for in time, and only there.

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
