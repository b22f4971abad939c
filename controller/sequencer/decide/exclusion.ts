/**
 * PURE. Whether a person may exclude a node from the rest of a run, and what it means for the others: what is left of the run must not need
 * the node, and must be able to go on without it.
 */

import { resolveCommands } from '../../../common/commands.ts';
import type { RunEvent } from '../../../common/events.ts';
import { automaticHold, type Hold } from '../../../common/holds.ts';
import { type PlanNode, type Step, type Turn, variantFor } from '../../../common/plan.ts';
import { hasWaves, type Place, runIndex } from '../run/run-index.ts';
import { nextStatus } from '../run/run-machine.ts';
import { isExcluded, type RunStatus, type StepAt } from '../run/run-status.ts';
import { concerns, handoverOf, isChange, isHealthCheck, isUndone, undoOf } from '../run/turn-progress.ts';
import { type DecisionInput, down, isCounted, nodeOf, serves } from './decision-input.ts';

type Judged = Pick<DecisionInput, 'plan' | 'status' | 'view' | 'procedure' | 'runId'>;

/** Why this node cannot be excluded now, one sentence; null: it can. */
export function exclusionRefusal(input: Judged, node: PlanNode): string | null {
  const ofPlan = lastOne(input, node) ?? openOrder(input, node) ?? handingOver(input, node) ?? neededByOthers(input, node);
  return ofPlan ?? runsBeside(input, node) ?? keepsTheRest(input, node);
}

/**
 * A person's word with what it settles: checks that go on about the node are given up, and what failed about it keeps nothing any more. What it
 * looks at for the turn of another node is asked again, of a node that answers (P2).
 */
export function exclusionEvents({ plan, status }: Judged, node: PlanNode, actor: string, reason: string): readonly RunEvent[] {
  const { instance, memberId: member } = node;
  const settled = stepsAbout({ plan, status }, node).flatMap((about): readonly RunEvent[] => {
    const { turn, step, isForOther } = about;
    const { attempt, state } = about.status;
    const resolved = { type: 'step-resolved', turn, step, attempt, actor, reason: `${instance} is excluded` } as const;
    const given: readonly RunEvent[] = isOpen({ state }) ? [{ ...resolved, as: 'failed' }] : [];
    if (isForOther) return given.length === 0 ? [] : [...given, { ...resolved, as: 'retry' }];
    const excused: RunEvent = { type: 'step-excused', turn, step, attempt, reason: resolved.reason };
    return state === 'failed' || given.length > 0 ? [...given, excused] : [];
  });
  return [{ type: 'excluded', instance, member, actor, reason }, ...settled];
}

/** Excluded nodes that keep the run all the same: the database still counts them (P1, P10). */
export function excludedHolds(input: DecisionInput): readonly Hold[] {
  const { plan, status, runId } = input;
  if (status.aborting !== null) return [];
  return plan.nodes.flatMap((node) => {
    const why = isExcluded(status, node.instance) ? (usesBudget(input, node) ?? twoHopsBehind(input, node)) : null;
    if (why === null) return [];
    const { instance } = node;
    const until = `once ${instance} is removed from the database, or brought into the state that the others have`;
    return [
      automaticHold('membership-mismatch', instance, `${instance} was excluded from this run, but ${why}`, until, [
        `rollback ${runId}`,
        `abort ${runId}`,
      ]),
    ];
  });
}

/** An abort does nothing but end what has begun: it needs no other node. */
function lastOne({ plan, status, runId }: Judged, { instance }: PlanNode): string | null {
  if (status.aborting !== null) return null;
  const others = runIndex(plan, status).placesToRun.some(({ turn }) => turn.disruptive && turn.instance !== instance);
  return others ? null : `without it the run has nothing left to do: drydock abort ${runId}`;
}

/** The agent alone ends a downtime (P20), and of what was sent it must be known how it ended (P3). */
function openOrder({ plan, status, runId }: Judged, node: PlanNode): string | null {
  const index = runIndex(plan, status);
  const open = stepsAbout({ plan, status }, node).find(({ step, status: last }) => {
    const found = index.step(step)?.step;
    return isOpen(last) && found !== undefined && !isHealthCheck(found);
  });
  if (open === undefined) return null;
  const [done, failed] = resolveCommands(runId, open.step).map((command) => `drydock ${command}`);
  return `"${index.step(open.step)?.step.title}" is under way at ${open.status.instance}: wait for its end; if no agent reports it any more, ${failed} (or ${done})`;
}

/** Who leads is changing, or the rollback would change it back. */
function handingOver({ plan, status }: Judged, { instance }: PlanNode): string | null {
  const index = runIndex(plan, status);
  for (const { hop, turn } of index.placesToRun) {
    if (status.hops[hop.id] === 'finalized') continue;
    const chosen = index.chosen(turn.id);
    const variant = variantFor(turn, chosen?.role ?? turn.expectedRole ?? '');
    if (variant?.handover === undefined) continue;
    const to = executorIn(variant.steps.find(({ id }) => id === variant.handover?.step));
    if (to === instance) return `it takes over from ${turn.instance} in this run, and would give the role back in a rollback`;
    if (turn.instance !== instance || chosen === null) continue;
    const over = handoverOf(turn, chosen);
    const isUnderWay =
      over === 'open' ||
      (over === 'before' && undoOf(turn, chosen) !== 'none') ||
      (over === 'after' && isUndone(turn, chosen) && !index.isComplete(turn));
    if (isUnderWay) return `its role is being handed over to ${to ?? 'another node'}: retry, resolve or roll back that first`;
  }
  return null;
}

/** What only this node does for the turn of another one, or for the whole cluster. */
function neededByOthers({ plan, status, view }: Judged, node: PlanNode): string | null {
  const index = runIndex(plan, status);
  if (status.way === 'back' || status.aborting !== null) return null;
  for (const { turn } of index.placesToRun) {
    if (turn.instance === node.instance || index.isComplete(turn)) continue;
    const role = nodeOf({ view }, node.instance)?.facts?.role;
    const isItsRole = ({ executor }: Step) => executor.kind === 'role' && executor.role === role;
    const step = stepsOf({ plan, status }, turn).find((each) => isItsRole(each) || isNeeded(turn, each, node, status));
    if (step !== undefined) return `it carries out "${step.title}" for ${turn.instance ?? 'the whole cluster'}, which is still to come`;
  }
  return null;
}

function isNeeded(turn: Turn, step: Step, { instance }: PlanNode, status: RunStatus): boolean {
  // What may be done only once stays with the member that was chosen for it.
  if (step.repeat === 'once' && status.turns.find((each) => each.turn === turn.id)?.executors?.[step.id] === instance) return true;
  if (executorIn(step) !== instance || !(isChange(step) || step.body.kind === 'unset')) return false;
  // A setting is set and restored by one and the same node.
  if (step.body.kind === 'set' || step.body.kind === 'unset') return true;
  const chosen = status.turns.find((each) => each.turn === turn.id);
  const beside = variantFor(turn, chosen?.role ?? turn.expectedRole ?? '')?.beside ?? [];
  return turn.instance !== null && !beside.includes(instance);
}

/** A hop that stops every node has no two versions beside each other: one that runs, or may, is part of it. */
function runsBeside(input: Judged, node: PlanNode): string | null {
  const { plan, status } = input;
  const hop = runIndex(plan, status).currentHop;
  if (hop === null || !hasWaves(hop) || node.critical === false || status.aborting !== null) return null;
  const seen = nodeOf(input, node.instance);
  const isStopped = seen?.connected === true ? seen.facts?.incarnation === null : !isCounted(input, node);
  return isStopped ? null : `every node is stopped in ${hop.from} → ${hop.to}, and it would run on beside the others: stop it first`;
}

/** What the others would wait for although it is excluded. */
function keepsTheRest(input: Judged, node: PlanNode): string | null {
  const { instance, memberId: member } = node;
  if (input.status.aborting !== null) return null;
  const status = nextStatus(input.status, { type: 'excluded', instance, member, actor: '', reason: '' });
  const why = usesBudget({ ...input, status }, node) ?? twoHopsBehind({ ...input, status }, node);
  return why === null ? null : `${why}; remove it from the database first, or bring it back`;
}

/** P1: one that is down and that the database counts is down for its quorum group, excluded or not. */
function usesBudget(input: Judged, node: PlanNode): string | null {
  const { plan, status } = input;
  const { instance, group } = node;
  const hop = runIndex(plan, status).currentHop;
  if (hop === null || hasWaves(hop) || node.critical === false) return null;
  if (serves(nodeOf(input, instance)) || !isCounted(input, node)) return null;
  const isOfGroup = (other: string | null) =>
    plan.nodes.some((each) => each.instance === other && each.group === group && each.critical !== false);
  const left = turnsLeft(input).filter(({ turn }) => turn.disruptive && isOfGroup(turn.instance));
  const isKept = ({ turn }: Place) => down(input).filter((other) => other !== turn.instance && isOfGroup(other)).length + 1 > hop.maxDown;
  if (left.length === 0 || !left.every(isKept)) return null;
  return `it is down and still a member of the database: no more than ${hop.maxDown} of its group may be down, so no other node could have its turn`;
}

const turnsLeft = ({ plan, status }: Judged): readonly Place[] => {
  const index = runIndex(plan, status);
  if (status.way === 'back') return index.undoRest;
  return index.placesToRun.filter(({ hop, turn }) => hop === index.currentHop && !index.isComplete(turn));
};

/** P10: rules lead from one version to the next; a member that stayed before the hop that is over would be left behind two of them. */
function twoHopsBehind(input: Judged, node: PlanNode): string | null {
  const { plan, status } = input;
  const index = runIndex(plan, status);
  const hop = index.currentHop;
  if (hop === null || status.way === 'back' || hop === plan.hops[0] || (status.hops[hop.id] ?? 'pending') !== 'pending') return null;
  if (index.expectedVersion(node.instance) === hop.from || !isCounted(input, node)) return null;
  return `it did not go to ${hop.from} and is still a member of the database: ${hop.from} → ${hop.to} would leave it two versions behind`;
}

/** `isForOther`: of the turn of another node, which needs it; another member can carry it out as well. */
type StepAbout = StepAt & { readonly isForOther: boolean };

/** Begun steps of its own turns, and those of others that it carries out or that wait for it. */
function stepsAbout({ plan, status }: Pick<Judged, 'plan' | 'status'>, node: PlanNode): readonly StepAbout[] {
  const index = runIndex(plan, status);
  const of = { instance: node.instance, member: node.memberId };
  return status.turns.flatMap(({ turn, steps }) =>
    Object.entries(steps).flatMap(([step, last]) => {
      const found = index.step(step)?.step;
      const isIts = index.place(turn)?.turn.instance === node.instance || (found !== undefined && concerns(found, of));
      return isIts || last.instance === node.instance ? [{ turn, step, status: last, isForOther: !isIts }] : [];
    }),
  );
}

const isOpen = ({ state }: Pick<StepAt['status'], 'state'>): boolean => state === 'dispatched' || state === 'unknown';

const executorIn = (step: Step | undefined): string | null => (step?.executor.kind === 'instance' ? step.executor.instance : null);

/** In the role that its node has, or was expected to have. */
function stepsOf({ plan, status }: Pick<Judged, 'plan' | 'status'>, turn: Turn): readonly Step[] {
  const role = runIndex(plan, status).chosen(turn.id)?.role ?? turn.expectedRole ?? '';
  return variantFor(turn, role)?.steps ?? [];
}
