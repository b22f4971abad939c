/** PURE. What counters and histograms take from the events of a run, each event once: when it is committed. */
import assert from 'node:assert/strict';
import { isControllerBody } from '../../common/controller-body.ts';
import type { EventOf, RunEvent, StoredEvent } from '../../common/events.ts';
import { holdKey } from '../../common/holds.ts';
import type { Plan, Step } from '../../common/plan.ts';
import { type Place, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import { nextStatus } from '../sequencer/run/run-machine.ts';
import type { RunStatus } from '../sequencer/run/run-status.ts';
import { downtimeOfOrder, nextTimeline, type RunCommit, type Timeline, writePausesOf } from '../sequencer/run/timeline.ts';
import { turnState } from '../views/run-document.ts';
import type { CounterName, HistogramName, LabelValues, OrderKind, OrderResult, TurnResult } from './metric-catalog.ts';

export type Sample =
  | { readonly counter: CounterName; readonly labels: LabelValues }
  | { readonly histogram: HistogramName; readonly labels: LabelValues; readonly seconds: number };

interface Moment {
  readonly status: RunStatus;
  readonly timeline: Timeline;
}

/** One event with the run before and after it. */
interface Change {
  readonly plan: Plan;
  readonly atMs: number;
  readonly before: Moment;
  readonly after: Moment;
}

export function samplesOf({ record, before: first, events }: RunCommit): readonly Sample[] {
  const samples: Sample[] = [];
  let before: Moment = first;
  for (const event of events) {
    const after = next(before, event);
    samples.push(...samplesOfEvent({ plan: record.plan, atMs: event.atMs, before, after }, event.body));
    before = after;
  }
  return samples;
}

const next = ({ status, timeline }: Moment, event: StoredEvent): Moment => ({
  status: nextStatus(status, event.body),
  timeline: nextTimeline(timeline, event),
});

function samplesOfEvent(change: Change, event: RunEvent): readonly Sample[] {
  const { engine } = change.plan;
  switch (event.type) {
    case 'run-started':
      return [{ counter: 'drydock_runs_started_total', labels: { engine } }];
    case 'run-ended':
      return [
        { counter: 'drydock_runs_ended_total', labels: { engine, result: event.state } },
        ...observed('drydock_run_duration_seconds', { engine, result: event.state }, since(change, change.after.timeline.startedAtMs)),
      ];
    case 'hold-raised': {
      const isUp = change.before.status.holds.some((hold) => holdKey(hold) === holdKey(event.hold));
      return isUp ? [] : [{ counter: 'drydock_holds_raised_total', labels: { kind: event.hold.kind } }];
    }
    case 'order-ended':
      return [...ofOrder(change, event), ...ofTurn(change, event.turn)];
    case 'order-unknown':
      return [...orderCounted(change.plan, event.step, 'unknown'), ...ofTurn(change, event.turn)];
    case 'step-resolved':
    case 'turn-chosen':
      return ofTurn(change, event.turn);
    default:
      return [];
  }
}

function ofOrder(change: Change, { turn: turnId, step, receipt, verdict }: EventOf<'order-ended'>): readonly Sample[] {
  const { plan, before, after } = change;
  const { engine } = plan;
  const place = planIndex(plan).step(step);
  const [was, is] = [runIndex(plan, before.status).chosen(turnId), runIndex(plan, after.status).chosen(turnId)];
  if (place === null || was === null || is === null) return [];
  const downtimeMs = downtimeOfOrder(place.turn, is, after.timeline, step);
  const sum = (pauses: readonly number[]) => pauses.reduce((total, ms) => total + ms, 0);
  const [pausesBefore, pausesAfter] = [writePausesOf(place.turn, was, before.timeline), writePausesOf(place.turn, is, after.timeline)];
  const pauseMs = pausesAfter.length > pausesBefore.length ? sum(pausesAfter) - sum(pausesBefore) : null;
  return [
    ...orderCounted(plan, step, receipt.outcome === 'done' && !verdict.ok ? 'unhealthy' : receipt.outcome),
    ...observed('drydock_order_duration_seconds', { engine, kind: kindOf(place.step.body) }, receipt.elapsedMs),
    ...observed('drydock_downtime_seconds', { engine, role: is.backRole ?? is.role }, downtimeMs),
    ...observed('drydock_write_pause_seconds', { engine }, pauseMs),
  ];
}

function orderCounted(plan: Plan, step: string, result: OrderResult): readonly Sample[] {
  const place = planIndex(plan).step(step);
  return place === null ? [] : [{ counter: 'drydock_orders_ended_total', labels: { kind: kindOf(place.step.body), result } }];
}

function kindOf(body: Step['body']): OrderKind {
  assert(!isControllerBody(body), `an order was sent for ${body.kind}, which is none`);
  return body.kind;
}

/** A turn has no event of its own that ends it: it is over when what is left of it says so. */
function ofTurn(change: Change, turnId: string): readonly Sample[] {
  const { plan, before, after } = change;
  const place = planIndex(plan).place(turnId);
  if (place === null) return [];
  const stateIn = ({ status }: Moment) => turnState(status, place.turn, runIndex(plan, status).chosen(turnId));
  const [was, state] = [stateIn(before), stateIn(after)];
  if (was === state || !isResult(state)) return [];
  const labels = { engine: plan.engine, phase: phaseOf(plan, after.status, place) };
  const chosenAtMs = after.timeline.turns.findLast(({ turn }) => turn === turnId)?.sinceMs ?? null;
  return [
    { counter: 'drydock_turns_ended_total', labels: { ...labels, result: state } },
    ...observed('drydock_turn_duration_seconds', labels, state === 'failed' ? null : since(change, chosenAtMs)),
  ];
}

const isResult = (state: string): state is TurnResult => state === 'done' || state === 'failed' || state === 'rolled-back';

/** Which nodes are the canary is decided by what happens: the first of a hop. */
function phaseOf(plan: Plan, status: RunStatus, { hop, phase, turn }: Place): string {
  if (!turn.disruptive) return phase.name;
  const chosen = runIndex(plan, status).everDisruptive.filter((each) => each.hop.id === hop.id);
  return chosen.findIndex((each) => each.turn.id === turn.id) < plan.canaryCount ? 'canary' : 'roll';
}

const since = ({ atMs }: Change, ms: number | null): number | null => (ms === null ? null : Math.max(0, atMs - ms));

const observed = (histogram: HistogramName, labels: LabelValues, ms: number | null): readonly Sample[] =>
  ms === null ? [] : [{ histogram, labels, seconds: ms / 1000 }];
