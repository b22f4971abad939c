/** PURE. How far a chosen turn is: its steps in the plan read beside their status. Nothing here decides. */
import { canonicalJson } from '../../../common/canonical-json.ts';
import type { Incarnation } from '../../../common/facts.ts';
import { type Step, type Turn, type TurnVariant, variantFor } from '../../../common/plan.ts';
import { type ExcludedNode, type StepStatus, sameIncarnation, type TurnStatus } from './run-status.ts';

/** Of both ways. */
export const allSteps = (variant: TurnVariant): readonly Step[] => [...variant.steps, ...variant.undo, ...(variant.handover?.undo ?? [])];

export const isDowntime = (step: Step): boolean => step.body.kind === 'downtime';

/** Changes what runs on its node, so that it is asked about once more before it is sent. */
export const isDisruptive = (step: Step): boolean => isDowntime(step) || step.body.kind === 'configure';

/** Leaves something behind that the rollback has to undo. */
export const isChange = (step: Step): boolean =>
  ['downtime', 'act', 'job', 'instance', 'configure', 'cleanup', 'set'].includes(step.body.kind);

/** Probes and awaits prove; they change nothing, so they may be asked again. */
export const isHealthCheck = (step: Step): boolean => step.body.kind === 'await' || step.body.kind === 'observe';

const noSteps: TurnVariant = { role: '', steps: [], undo: [], downtimeMs: 0 };

/**
 * Whether the role of a turn's node has gone over to another member; null: this turn hands nothing over. Told by what the `once` step came
 * to and by nothing else. `open`: unknown, and nothing may be rolled back before a person has said it (P11).
 */
export function handoverOf(turn: Turn, chosen: TurnStatus): 'before' | 'after' | 'open' | null {
  const handover = variantFor(turn, chosen.role)?.handover;
  if (handover === undefined) return null;
  const last = chosen.steps[handover.step];
  if (last === undefined) return 'before';
  if (last.state === 'done') return 'after';
  // A refusal did nothing, and a failure was seen to have come to nothing; else the answer was lost.
  return last.state === 'dispatched' || last.state === 'unknown' || last.outcome === 'interrupted' ? 'open' : 'before';
}

/** How a turn is rolled back. `gates`: the agent restored what was there itself, which is still to be proven. */
export type Undo = 'none' | 'health-checks' | 'full';

/** Told by what the attempts of the turn's changes came to and by nothing else, so that asking twice gives the same answer. */
export function undoOf(turn: Turn, chosen: TurnStatus): Undo {
  const tried = (variantFor(turn, chosen.role)?.steps ?? []).filter(isChange).flatMap((step) => chosen.steps[step.id] ?? []);
  if (tried.some((last) => last.state === 'dispatched' || last.state === 'unknown' || last.effect === 'made')) return 'full';
  return tried.some((last) => last.effect === 'reverted') ? 'health-checks' : 'none';
}

/** Steps that the turn has to go through in the way it is going now. */
export function stepsToRun(turn: Turn, chosen: TurnStatus): readonly Step[] {
  const { without = [] } = chosen;
  const isLeft = (step: Step) => !without.some((node) => concerns(step, node));
  if (chosen.way === 'forward') return (variantFor(turn, chosen.role) ?? noSteps).steps.filter(isLeft);
  const undo = undoSteps(turn, chosen).filter(isLeft);
  return undoOf(turn, chosen) === 'health-checks' ? undo.filter((step) => !isDowntime(step)) : undo;
}

/** This node alone carries the step out, or the step waits for it. */
export const concerns = ({ executor, body }: Step, { instance, member }: ExcludedNode): boolean =>
  (executor.kind === 'instance' && executor.instance === instance) || (body.kind === 'await' && body.member === member);

/** A person excluded the turn's own node: nothing more of it is done, there or back. */
export const isLeftOut = ({ instance }: Turn, { without = [] }: TurnStatus): boolean => without.some((node) => node.instance === instance);

/** A turn that handed its role over is rolled back as what it was; any other one as what its node is now. */
function undoSteps(turn: Turn, chosen: TurnStatus): readonly Step[] {
  const forward = variantFor(turn, chosen.role) ?? noSteps;
  switch (handoverOf(turn, chosen)) {
    case 'after':
      return forward.handover?.undo ?? [];
    case 'before':
      return forward.undo;
    default:
      return (variantFor(turn, chosen.backRole ?? chosen.role) ?? noSteps).undo;
  }
}

/** A proof during the rollback before anything was changed there: failing, it leaves everything as it is. */
export function provesFirst(turn: Turn, chosen: TurnStatus, stepId: string): boolean {
  const steps = stepsToRun(turn, chosen);
  const at = steps.findIndex((step) => step.id === stepId);
  const first = steps.findIndex(isChange);
  return at !== -1 && at < first;
}

/**
 * A node was stopped by this turn and left stopped, there or during the rollback, and no downtime has started it since: an end here leaves it
 * down. Not always the node of the turn: who gives a role back is stopped in the turn of the one that gets it.
 */
export function isBetweenDowntimes(turn: Turn, chosen: TurnStatus): boolean {
  const there = (variantFor(turn, chosen.role) ?? noSteps).steps;
  const down = new Set<string>();
  const back = chosen.way === 'back' ? undoSteps(turn, chosen) : [];
  for (const step of [...there, ...back]) {
    if (step.executor.kind !== 'instance' || chosen.without?.some((node) => concerns(step, node)) === true) continue;
    const last = chosen.steps[step.id];
    if (leftStopped(step, last)) down.add(step.executor.instance);
    else if (endsRunning(step) && last?.state === 'done') down.delete(step.executor.instance);
  }
  return down.size > 0;
}

/** This step left its instance stopped for another one to start: all of it is done, or only the verb after the stop failed. */
export function leftStopped({ body }: Step, last: StepStatus | undefined): boolean {
  if (body.kind !== 'downtime' || body.parts.includes('start') || last === undefined) return false;
  return last.state === 'done' || (body.act !== undefined && last.effect === 'made');
}

export const endsRunning = (step: Step): boolean => step.body.kind === 'downtime' && step.body.parts.includes('start');

/** True when a proof speaks of another life of the node than the one it has now (P2). */
function isStale(steps: readonly Step[], at: number, last: StepStatus, incarnation: Incarnation | null): boolean {
  const downtime = steps.findLastIndex(isDisruptive);
  const step = steps[at];
  if (downtime === -1 || at <= downtime || step === undefined || !isHealthCheck(step) || incarnation === null) return false;
  return !sameIncarnation(last.provenIn, incarnation);
}

/**
 * A setting that was restored while the turn stood still is set again before it goes on, and then restored again: of each pair the second
 * has at least as many attempts as the first.
 */
function isRestored(steps: readonly Step[], at: number, chosen: TurnStatus): boolean {
  const { body, executor } = steps[at] as Step;
  const partner = (kind: 'set' | 'unset') =>
    steps.findIndex(
      (step) =>
        step.body.kind === kind &&
        (body.kind === 'set' || body.kind === 'unset') &&
        step.body.key === body.key &&
        (body.scope === 'cluster' || canonicalJson(step.executor) === canonicalJson(executor)),
    );
  const attempts = (index: number) => chosen.steps[steps[index]?.id ?? '']?.attempt ?? 0;
  if (body.kind === 'unset') return partner('set') !== -1 && attempts(at) < attempts(partner('set'));
  if (body.kind !== 'set') return false;
  const unset = partner('unset');
  const between = steps.slice(at + 1, unset);
  const states = between.map((step) => chosen.steps[step.id]?.state);
  // As long as a step between is under way or stands for a person, nothing is set again.
  const stands = states.some((state) => state === 'dispatched' || state === 'failed' || state === 'unknown');
  const unfinished = !stands && states.some((state) => state !== 'done');
  return unset !== -1 && unfinished && chosen.steps[steps[unset]?.id ?? '']?.state === 'done' && attempts(unset) >= attempts(at);
}

export type Next =
  | { readonly kind: 'complete' }
  /** This step is to be sent, as this attempt. */
  | { readonly kind: 'dispatch'; readonly step: Step; readonly attempt: number }
  | { readonly kind: 'open'; readonly step: Step }
  /** No order: a person's word or the controller ends it. */
  | { readonly kind: 'waiting'; readonly step: Step; readonly last: StepStatus }
  | { readonly kind: 'failed' | 'unknown'; readonly step: Step; readonly last: StepStatus };

/**
 * What comes next in a chosen turn. `life`: the node's life as seen now, or null to go by receipts alone. A proof that was made in another
 * life is asked for again: a node that restarted after its gates has proven nothing yet.
 */
export function nextInTurn(turn: Turn, chosen: TurnStatus, incarnation: Incarnation | null = null): Next {
  if (isLeftOut(turn, chosen)) return { kind: 'complete' };
  const open = chosen.way === 'back' && handoverOf(turn, chosen) === 'open' ? handoverStep(turn, chosen) : null;
  if (open !== null) return open;
  const steps = stepsToRun(turn, chosen);
  for (const [at, step] of steps.entries()) {
    const last = chosen.steps[step.id];
    if (last === undefined) return { kind: 'dispatch', step, attempt: 1 };
    if (last.state === 'dispatched') return { kind: 'open', step };
    if (last.state === 'waiting') return { kind: 'waiting', step, last };
    // What follows a failure that keeps nothing is not tried.
    if (last.state === 'excused') return { kind: 'complete' };
    if (last.state === 'failed' || last.state === 'unknown') return { kind: last.state, step, last };
    if (last.state === 'retry' || isStale(steps, at, last, incarnation ?? chosen.incarnation) || isRestored(steps, at, chosen)) {
      return { kind: 'dispatch', step, attempt: last.attempt + 1 };
    }
  }
  return { kind: 'complete' };
}

/** Before its node was excluded, every step of the way that it went was done. */
export function endedWell(turn: Turn, { without: _, ...chosen }: TurnStatus): boolean {
  return stepsToRun(turn, chosen).every(({ id }) => chosen.steps[id]?.state === 'done');
}

function handoverStep(turn: Turn, chosen: TurnStatus): Next | null {
  const variant = variantFor(turn, chosen.role);
  const step = variant?.steps.find((each) => each.id === variant.handover?.step);
  const last = step === undefined ? undefined : chosen.steps[step.id];
  if (step === undefined || last === undefined) return null;
  return last.state === 'dispatched' ? { kind: 'open', step } : { kind: 'unknown', step, last };
}

/**
 * What the node of this turn owes of the proofs that its downtime asks for, in the life that it has now (P2); complete: nothing. A turn to be
 * rolled back is judged by its way there until its node is taken out for that.
 */
export function owedProof(turn: Turn, chosen: TurnStatus, incarnation: Incarnation | null): Next {
  return nextInTurn(turn, isUndone(turn, chosen) ? chosen : { ...chosen, way: 'forward' }, incarnation);
}

/** Its rollback has taken its node out, or only has to prove what its agent restored. */
export function isUndone(turn: Turn, chosen: TurnStatus): boolean {
  if (chosen.way === 'forward') return false;
  return undoOf(turn, chosen) === 'health-checks' || undoSteps(turn, chosen).some((step) => isDisruptive(step) && step.id in chosen.steps);
}

/** To roll it back its node is taken out, or gets another configuration. */
export function undoDisrupts(turn: Turn, chosen: TurnStatus): boolean {
  return undoSteps(turn, chosen).some(isDisruptive);
}

/** It never came to the end of its way there: its proofs are not to be given again, they were never given. */
export function isBrokenOff(turn: Turn, chosen: TurnStatus): boolean {
  if (chosen.way !== 'forward') return false;
  const step = stepsToRun(turn, chosen).at(-1);
  const last = step === undefined ? undefined : chosen.steps[step.id];
  return last === undefined || (last.state !== 'done' && last.attempt === 1);
}

/** Its node is not serving as expected, or is not to be: an order of it was sent and it is not complete, there or back. */
export function isOpen(turn: Turn, chosen: TurnStatus): boolean {
  if (nextInTurn(turn, chosen).kind === 'complete') return false;
  if (chosen.way === 'forward' && undoOf(turn, chosen) === 'none') return false;
  return Object.keys(chosen.steps).length > 0;
}
