/** PURE. When things happened in a run, and how long a turn kept its node down and its cluster without writes: for people and reports, never for deciding. */
import type { RunEvent, StoredEvent, Way } from '../../../common/events.ts';
import { type Hold, holdKey } from '../../../common/holds.ts';
import type { Step, Turn } from '../../../common/plan.ts';
import type { RunPlan } from '../../store/store.ts';
import type { RunStatus, TurnStatus } from './run-status.ts';
import { leftStopped } from './turn-progress.ts';

interface HoldSpan {
  readonly hold: Hold;
  readonly sinceMs: number;
  /** null: still up. */
  readonly untilMs: number | null;
}

interface TurnSpan {
  readonly turn: string;
  readonly way: Way;
  readonly sinceMs: number;
  /** Last receipt of the turn; null: none yet. */
  readonly lastMs: number | null;
}

export interface Timeline {
  readonly madeAtMs: number | null;
  readonly startedAtMs: number | null;
  readonly endedAtMs: number | null;
  /** When it was said that it goes back, or ends early; null: it was not. */
  readonly rollbackAtMs: number | null;
  readonly abortAtMs: number | null;
  /** When it began to rest, and how much of its time was left at the last reminder; null: it does not rest, or was not reminded. */
  readonly restedAtMs: number | null;
  readonly remindedLeftMs: number | null;
  readonly holds: readonly HoldSpan[];
  readonly turns: readonly TurnSpan[];
  /** When the latest attempt at each step was ordered or began, by its id. */
  readonly sent: Readonly<Record<string, number>>;
  /** When the latest receipt, or another end, of each step came, by its id. */
  readonly receipts: Readonly<Record<string, number>>;
  readonly events: number;
  readonly head: string;
}

export const emptyTimeline: Timeline = {
  madeAtMs: null,
  startedAtMs: null,
  endedAtMs: null,
  rollbackAtMs: null,
  abortAtMs: null,
  restedAtMs: null,
  remindedLeftMs: null,
  holds: [],
  turns: [],
  sent: {},
  receipts: {},
  events: 0,
  head: '',
};

export function nextTimeline(timeline: Timeline, { atMs, body, hash }: StoredEvent<RunEvent>): Timeline {
  const counted = { ...timeline, events: timeline.events + 1, head: hash };
  switch (body.type) {
    case 'plan-made':
      return { ...counted, madeAtMs: atMs };
    case 'run-started':
      return { ...counted, startedAtMs: atMs };
    case 'rollback-started':
      return { ...counted, rollbackAtMs: atMs };
    case 'abort-started':
      return { ...counted, abortAtMs: atMs };
    case 'rested':
      return { ...counted, restedAtMs: atMs, remindedLeftMs: null };
    case 'reminded':
      return { ...counted, remindedLeftMs: body.leftMs };
    case 'step-confirmed':
      return { ...counted, restedAtMs: null, ...receivedAt(timeline, body, atMs) };
    case 'step-begun':
      return { ...counted, sent: { ...timeline.sent, [body.step]: atMs } };
    case 'step-settled':
      return { ...counted, ...receivedAt(timeline, body, atMs) };
    case 'order-dispatched':
      return { ...counted, sent: { ...timeline.sent, [body.step]: atMs } };
    case 'run-ended':
      return { ...counted, endedAtMs: atMs, holds: closed(timeline.holds, () => true, atMs) };
    case 'hold-raised': {
      const known = timeline.holds.some((span) => span.untilMs === null && holdKey(span.hold) === holdKey(body.hold));
      return known ? counted : { ...counted, holds: [...timeline.holds, { hold: body.hold, sinceMs: atMs, untilMs: null }] };
    }
    case 'hold-cleared':
      return { ...counted, holds: closed(timeline.holds, (hold) => holdKey(hold) === holdKey(body), atMs) };
    case 'turn-chosen':
      return { ...counted, turns: [...timeline.turns, { turn: body.turn, way: body.way, sinceMs: atMs, lastMs: null }] };
    case 'order-ended':
      return { ...counted, ...receivedAt(timeline, body, atMs) };
    default:
      return counted;
  }
}

/** An end of a step: a receipt, a person's word, or what the controller saw. */
function receivedAt(timeline: Timeline, { turn, step }: { readonly turn: string; readonly step: string }, atMs: number) {
  const at = timeline.turns.findLastIndex((span) => span.turn === turn);
  const turns = timeline.turns.map((span, index) => (index === at ? { ...span, lastMs: atMs } : span));
  return { turns, receipts: { ...timeline.receipts, [step]: atMs } };
}

function closed(spans: readonly HoldSpan[], which: (hold: Hold) => boolean, untilMs: number): readonly HoldSpan[] {
  return spans.map((span) => (span.untilMs === null && which(span.hold) ? { ...span, untilMs } : span));
}

/** Events of a run that the store has just taken, and what the run was before them. Each event is in one commit. */
export interface RunCommit {
  readonly record: RunPlan;
  readonly before: { readonly status: RunStatus; readonly timeline: Timeline };
  readonly events: readonly StoredEvent[];
}

// How long a turn kept its node down, and its cluster without writes: for people and reports, never for deciding.

/**
 * Milliseconds, there and back together; null: its node was never taken out. One order stops and starts, or one stops and a later one starts:
 * then all that lies between is down, too, no matter what let it wait.
 */
export function downtimeMsOf(turn: Turn, { steps }: TurnStatus, { receipts }: Timeline): number | null {
  const downtimes = stepsOf(turn)
    .flatMap(({ id, body }) => {
      const ms = steps[id]?.downtimeMs ?? null;
      return body.kind !== 'downtime' || ms === null ? [] : [{ ms, endedMs: receipts[id] ?? 0, starts: body.parts.includes('start') }];
    })
    .sort((one, other) => one.endedMs - other.endedMs);
  let totalMs = 0;
  let downSinceMs: number | null = null;
  for (const { ms, endedMs, starts } of downtimes) {
    totalMs += downSinceMs === null ? ms : endedMs - downSinceMs;
    downSinceMs = starts ? null : endedMs;
  }
  return downtimes.length === 0 ? null : totalMs;
}

/**
 * Milliseconds that a downtime order which ended just now kept its node down, from the begin of the stop that may have been an order before
 * it; null: the node is still down as was ordered, or the step is no downtime.
 */
export function downtimeOfOrder(turn: Turn, { steps }: TurnStatus, { receipts }: Timeline, stepId: string): number | null {
  const downtimes = stepsOf(turn).filter(({ body }) => body.kind === 'downtime');
  const [step, ended] = [downtimes.find(({ id }) => id === stepId), steps[stepId]];
  if (step?.body.kind !== 'downtime' || ended === undefined || ended.downtimeMs === null) return null;
  if (ended.state === 'done' && !step.body.parts.includes('start')) return null;
  const endedMs = receipts[stepId] ?? 0;
  const before = downtimes
    .filter(({ id }) => id !== stepId && steps[id]?.instance === ended.instance && receipts[id] !== undefined)
    .sort((one, other) => (receipts[other.id] ?? 0) - (receipts[one.id] ?? 0))[0];
  const last = before === undefined ? undefined : steps[before.id];
  const isLeftDown = before !== undefined && leftStopped(before, last);
  return isLeftDown ? endedMs - (receipts[before.id] ?? 0) + (last?.downtimeMs ?? 0) : ended.downtimeMs;
}

/** From the begin of the leader's stop to the receipt of its successor's promotion, there and back; none where no role was handed over. */
export function writePausesOf(turn: Turn, { steps: ended }: TurnStatus, { receipts }: Timeline): readonly number[] {
  return turn.variants.flatMap(({ steps, handover }) => {
    if (handover === undefined) return [];
    return [steps, handover.undo].flatMap((way) => {
      const over = way.findIndex(({ id, repeat }) => repeat === 'once' && ended[id]?.state === 'done');
      const stop = way.slice(0, Math.max(over, 0)).findLast(({ body }) => body.kind === 'downtime' && !body.parts.includes('start'));
      const [stoppedMs, overMs] = [receipts[stop?.id ?? ''], receipts[way[over]?.id ?? '']];
      if (stop === undefined || stoppedMs === undefined || overMs === undefined) return [];
      return [overMs - stoppedMs + (ended[stop.id]?.downtimeMs ?? 0)];
    });
  });
}

function stepsOf(turn: Turn): readonly Step[] {
  return turn.variants.flatMap(({ steps, undo, handover }) => [...steps, ...undo, ...(handover?.undo ?? [])]);
}
