/** PURE. What an event does to a step that is no order: begun, confirmed by a person, watched, settled by the controller. */
import type { EventOf, SoakProgress } from '../../../common/events.ts';
import { findStep, type RunStatus, type StepStatus, stepIn, withTurn } from './run-status.ts';
import type { Need } from './step-attempts.ts';

export const freshSoak: SoakProgress = { state: 'steady', soakedMs: 0, stretchMs: 0, why: null };

export function withBegun(status: RunStatus, event: EventOf<'step-begun'>, need: Need): RunStatus {
  const turn = status.turns.find((each) => each.turn === event.turn);
  need(turn !== undefined && turn.way === status.way, 'its turn is not the one that the run is in');
  need(status.aborting === null, 'it is aborting');
  const last = turn?.steps[event.step];
  const next = (findStep(status, event.step)?.status.attempt ?? 0) + 1;
  need(event.attempt === next, `attempt ${next} would be next`);
  need(last === undefined || last.state === 'retry' || last.state === 'failed', 'the attempt before has not ended badly');
  const step: StepStatus = {
    attempt: event.attempt,
    instance: '',
    state: 'waiting',
    hold: null,
    outcome: null,
    effect: 'none',
    elapsedMs: 0,
    downtimeMs: null,
    parts: [],
    version: null,
    provenIn: null,
  };
  return withTurn(status, event.turn, (each) => ({ ...each, steps: { ...each.steps, [event.step]: step } }));
}

export function withConfirmed(status: RunStatus, event: EventOf<'step-confirmed'>, need: Need): RunStatus {
  need(event.digest === status.digest, `the plan's digest is ${status.digest}`);
  needWaiting(status, event, need);
  const confirmed = { actor: event.actor, reason: event.reason };
  return withStep(status, event, (step) => ({ ...step, state: 'done', outcome: 'done', hold: null, confirmed }));
}

export function withConsentExpired(status: RunStatus, event: EventOf<'consent-expired'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.state === 'done' || step?.state === 'waiting', 'it was not agreed to, or asked for it');
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  return withStep(status, event, (last) => ({ ...last, state: 'retry', outcome: null, hold: null }));
}

export function withObserved(status: RunStatus, event: EventOf<'step-observed'>, need: Need): RunStatus {
  needWaiting(status, event, need);
  const { soak, hold } = event;
  return withStep(status, event, (step) => ({ ...step, soak, hold }));
}

export function withSettled(status: RunStatus, event: EventOf<'step-settled'>, need: Need): RunStatus {
  needWaiting(status, event, need);
  const { verdict } = event;
  return withStep(status, event, (step) =>
    verdict.ok
      ? { ...step, state: 'done', outcome: 'done', hold: null }
      : { ...step, state: 'failed', outcome: 'failed', hold: verdict.hold },
  );
}

export function withExcused(status: RunStatus, event: EventOf<'step-excused'>, need: Need): RunStatus {
  const step = stepIn(status, event);
  need(step?.state === 'failed' && step.attempt === event.attempt, 'this attempt has not failed');
  return withStep(status, event, (last) => ({ ...last, state: 'excused', hold: null }));
}

interface StepRef {
  readonly turn: string;
  readonly step: string;
  readonly attempt: number;
}

function needWaiting(status: RunStatus, event: StepRef, need: Need): void {
  const step = stepIn(status, event);
  need(step?.attempt === event.attempt, 'this attempt is not the last one');
  need(step?.state === 'waiting', 'it does not wait');
}

function withStep(status: RunStatus, at: StepRef, change: (step: StepStatus) => StepStatus): RunStatus {
  return withTurn(status, at.turn, (turn) => {
    const step = turn.steps[at.step];
    return step === undefined ? turn : { ...turn, steps: { ...turn.steps, [at.step]: change(step) } };
  });
}
