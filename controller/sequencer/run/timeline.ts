/** PURE. When things happened in a run: for people and reports, never for deciding. */
import type { RunEvent, StoredEvent, Way } from '../../../common/events.ts';
import { type Hold, holdKey } from '../../../common/holds.ts';
import type { RunPlan } from '../../store/store.ts';
import type { RunStatus } from './run-status.ts';

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
