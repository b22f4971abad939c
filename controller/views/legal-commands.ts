/** PURE. What a person may say to a run in its state, and what is of use once it is over: CLI, API and dashboard agree because all of them ask here. */

import { confirmCommand, oppositeOf, planCommand, resolveCommands, returnCommand } from '../../common/commands.ts';
import type { NextCommand } from '../../common/documents/runs.ts';
import type { ClusterView } from '../../common/facts.ts';
import { holdKey } from '../../common/holds.ts';
import type { Plan } from '../../common/plan.ts';
import { planAgain } from '../planner/plan-text.ts';
import { nodeOf } from '../sequencer/decide/decision-input.ts';
import { noRollback } from '../sequencer/decide/rollback-policy.ts';
import { hasWaves, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import {
  badSteps,
  isOver,
  openSteps,
  type RunStatus,
  type StepAt,
  type StepStatus,
  waitingSteps,
  waitsForResume,
} from '../sequencer/run/run-status.ts';
import { undoOf } from '../sequencer/run/turn-progress.ts';

export type Verb =
  | 'approve'
  | 'run'
  | 'watch'
  | 'pause'
  | 'resume'
  | 'abort'
  | 'rollback'
  | 'retry'
  | 'resolve'
  | 'confirm'
  | 'exclude'
  | 'finalize'
  | 'report';

interface LegalCommand {
  readonly verb: Verb;
  /** The step it is about; null: the run. */
  readonly step: string | null;
}

const ofRun = (verb: Verb): LegalCommand => ({ verb, step: null });

/** Every command that is of use now, and would be taken. */
export function legalCommands(plan: Plan, status: RunStatus): readonly LegalCommand[] {
  if (isOver(status)) return [ofRun('report')];
  if (status.state === 'draft') return [ofRun('approve'), ofRun('abort')];
  if (status.state === 'approved') return [ofRun('run'), ofRun('abort')];
  if (status.state === 'unfinalized') {
    const rollback = noRollback(plan, status) === null ? [ofRun('rollback')] : [];
    return [ofRun('watch'), ofRun('finalize'), ...rollback];
  }
  const commands: LegalCommand[] = [ofRun('watch')];
  if (status.holds.some(({ kind }) => kind === 'awaiting-approval')) commands.push(ofRun('approve'));
  if (status.aborting === null) {
    const resumable = status.paused !== null || waitsForResume(status);
    if (status.paused === null) commands.push(ofRun('pause'));
    if (resumable) commands.push(ofRun('resume'));
  }
  if (status.aborting === null) for (const step of askedFor(plan, status)) commands.push({ verb: 'confirm', step });
  // Also while it aborts: a node that is down, or a setting to be restored, waits for its step.
  const holding = badSteps(status).filter(({ status: last }) => keeps(status, last));
  for (const { step, status: last } of holding) if (last.state === 'failed') commands.push({ verb: 'retry', step });
  for (const { step } of [...holding, ...openSteps(status).filter((open) => isOutOfSight(status, open))])
    commands.push({ verb: 'resolve', step });
  if (status.aborting === null) {
    if (isForward(status) && noRollback(plan, status) === null) commands.push(ofRun('rollback'));
    if (!isDownOnPurpose(plan, status)) commands.push(ofRun('abort'));
  }
  return commands;
}

/** Its failure is why the run does not go on: one on the way forward need not keep the rollback. */
const keeps = ({ holds }: RunStatus, { hold }: StepStatus): boolean =>
  hold !== null && holds.some((each) => holdKey(each) === holdKey(hold));

/** The agent that carries it out reports what it resulted in; only where that is away a person may know it sooner. */
const isOutOfSight = ({ holds }: RunStatus, { step, status: { instance } }: StepAt): boolean =>
  holds.some(({ kind, subject }) => (kind === 'agent-lost' && subject === instance) || (kind === 'executor-lost' && subject === step));

/**
 * A hop of waves has taken the cluster down, or made it ready for that: ended now, it would stay so. Rolled back or carried on it comes up again,
 * and what the preparation changed is undone.
 */
function isDownOnPurpose(plan: Plan, status: RunStatus): boolean {
  const index = runIndex(plan, status);
  const { currentHop, inTurn, chosenDisruptive } = index;
  if (currentHop === null || !hasWaves(currentHop)) return false;
  const prepared = currentHop.phases.filter(({ name }) => name === 'prepare').flatMap(({ waves }) => waves.flatMap(({ turns }) => turns));
  const isPrepared = prepared.some(({ id }) => index.chosen(id) !== null) && !chosenDisruptive.some(({ hop }) => hop === currentHop);
  return isPrepared || inTurn.length > 0;
}

/** Steps that wait for a person's word in the way that the run goes; for the end of a rest there is a command of its own. */
function askedFor(plan: Plan, status: RunStatus): readonly string[] {
  return waitingSteps(status).flatMap(({ step, turn }) => {
    const body = planIndex(plan).step(step)?.step.body;
    const isAsked = body?.kind === 'attest' || (body?.kind === 'consent' && body.rests === undefined);
    return isAsked && runIndex(plan, status).chosen(turn)?.way === status.way ? [step] : [];
  });
}

/** On its way there, so that a word could turn it round. */
export const isForward = ({ state, way, aborting }: RunStatus): boolean =>
  (state === 'active' || state === 'unfinalized') && way === 'forward' && aborting === null;

export function isLegal(plan: Plan, status: RunStatus, verb: Verb, step: string | null = null): boolean {
  // Not offered, and taken from a person who insists: an agent may be there and never come to an end.
  if (verb === 'resolve' && status.state === 'active' && openSteps(status).some((open) => open.step === step)) return true;
  return legalCommands(plan, status).some((command) => command.verb === verb && command.step === step);
}

/**
 * Ready to paste, without the program's name: `retry r-12 h1.roll.db-3.follower.downtime`; a command about the plan names the plan. More than
 * one where the person has to choose between ends of it.
 */
export function commandTexts({ verb, step }: LegalCommand, runId: string, planId: string): readonly string[] {
  if (step === null) return [`${verb} ${verb === 'approve' || verb === 'run' ? planId : runId}`];
  if (verb === 'resolve') return resolveCommands(runId, step);
  if (verb === 'confirm') return [confirmCommand(runId, step)];
  return [`${verb} ${runId} ${step}`];
}

// After a run: what its nodes run now, of those that are not as it left them, and which command is of use next.

interface Ended {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: Pick<ClusterView, 'nodes'>;
}

/** `db-2 runs 16.14; db-1, db-3 are down`: what agents report now of the nodes that are not as the end of the run says; empty: all are. */
export function nowText({ plan, status, view }: Ended): string {
  const states = new Map<string, string[]>();
  for (const { instance } of plan.nodes) {
    const expected = runIndex(plan, status).expectedVersion(instance);
    if (expected !== null && runningIn(view, instance) === expected) continue;
    const state = stateOf(view, instance);
    states.set(state, [...(states.get(state) ?? []), instance]);
  }
  return [...states].map(([state, instances]) => `${instances.join(', ')} ${instances.length === 1 ? state : plural(state)}`).join('; ');
}

const plural = (state: string): string => state.replace(/^runs /, 'run ').replace(/^is /, 'are ');

function runningIn(view: Ended['view'], instance: string): string | null {
  const node = nodeOf({ view }, instance);
  return node?.connected === true ? (node.facts?.version.running ?? null) : null;
}

function stateOf(view: Ended['view'], instance: string): string {
  const running = runningIn(view, instance);
  if (running !== null) return `runs ${running}`;
  return nodeOf({ view }, instance)?.connected === true ? 'is down' : 'is disconnected';
}

/** Nothing of a run that goes on; nothing while a node does not answer, for then it comes first, and no plan would be made. */
export function nextCommands(ended: Ended): readonly NextCommand[] {
  const { plan, status, view } = ended;
  if (!isOver(status) || status.turns.length === 0) return [];
  const versions = new Set(plan.nodes.map(({ instance }) => runningIn(view, instance)));
  if (versions.has(null) || plan.goal.restore !== undefined) return [];
  if (plan.goal.release === undefined) return isLevel(ended) ? [] : [{ what: 'bring level', command: planAgain(plan) }];
  const [only] = versions;
  const back = (): NextCommand => ({ what: oppositeOf(plan.direction), command: returnCommand(plan) });
  const isReturnable = plan.hops.every(({ rollback }) => rollback === 'lossless');
  if (versions.size === 1 && only !== plan.to) return [];
  const level = { what: 'bring level', command: planCommand(plan.cluster, plan.to, plan.direction) };
  return [...(versions.size > 1 ? [level] : []), ...(isReturnable ? [back()] : [])];
}

/** Every node has what the run was to bring, or none. */
function isLevel({ plan, status }: Ended): boolean {
  const brought = planIndex(plan)
    .places.filter(({ turn }) => turn.disruptive)
    .map(({ turn }) => {
      const chosen = runIndex(plan, status).chosen(turn.id);
      return chosen !== null && chosen.way === 'forward' && undoOf(turn, chosen) === 'full';
    });
  return new Set(brought).size < 2;
}
