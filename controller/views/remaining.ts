/** PURE. What a run still has to do by the wall clock: turns that go together take as long as the longest of them, and a step under way counts. */
import type { Plan } from '../../common/plan.ts';
import { variantFor } from '../../common/plan.ts';
import { type Place, runIndex } from '../sequencer/run/run-index.ts';
import type { RunStatus } from '../sequencer/run/run-status.ts';
import type { Timeline } from '../sequencer/run/timeline.ts';
import { stepsToRun } from '../sequencer/run/turn-progress.ts';

export interface Remaining {
  /** Of all that the run has to do in the way it goes. */
  readonly allMs: number;
  readonly leftMs: number;
  /** What of it passes by itself: the rest of the steps under way, as was expected of them. */
  readonly currentStepMs: number;
}

export interface Under {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly timeline: Pick<Timeline, 'sent'>;
  readonly nowMs: number;
}

interface Share {
  readonly allMs: number;
  readonly leftMs: number;
  /** Left once the step under way has ended. */
  readonly laterMs: number;
}

/** By expected durations; a step that takes longer has nothing left, and stands. */
export function remainingOf(under: Under): Remaining {
  const waves = new Map<string, { readonly parallel: number; readonly shares: Share[] }>();
  for (const place of runIndex(under.plan, under.status).placesToRun.filter(isToDo(under))) {
    const wave = waves.get(place.wave.id) ?? { parallel: place.wave.parallel, shares: [] };
    waves.set(place.wave.id, wave);
    wave.shares.push(shareOf(under, place));
  }
  const total = (of: keyof Share) =>
    [...waves.values()].reduce(
      (sum, { parallel, shares }) =>
        sum +
        together(
          shares.map((share) => share[of]),
          parallel,
        ),
      0,
    );
  const leftMs = total('leftMs');
  return { allMs: total('allMs'), leftMs, currentStepMs: leftMs - total('laterMs') };
}

/** Only what was changed goes back. */
const isToDo =
  ({ plan, status }: Under) =>
  ({ turn }: Place): boolean =>
    status.way === 'forward' || (turn.disruptive && runIndex(plan, status).chosen(turn.id) !== null);

/** Never less than the longest, nor than all of them shared out. */
function together(durations: readonly number[], parallel: number): number {
  const sum = durations.reduce((total, ms) => total + ms, 0);
  return Math.max(sum / parallel, ...durations);
}

function shareOf({ plan, status, timeline, nowMs }: Under, { turn }: Place): Share {
  const chosen = runIndex(plan, status).chosen(turn.id);
  const steps = chosen === null ? (variantFor(turn, turn.expectedRole ?? '')?.steps ?? []) : stepsToRun(turn, chosen);
  const allMs = steps.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  if (runIndex(plan, status).isComplete(turn)) return { allMs, leftMs: 0, laterMs: 0 };
  const undone = steps.filter(({ id }) => chosen?.steps[id]?.state !== 'done');
  const later = undone.filter(({ id }) => !['dispatched', 'waiting'].includes(chosen?.steps[id]?.state ?? ''));
  const laterMs = later.reduce((sum, { expectedMs }) => sum + expectedMs, 0);
  const current = undone.filter((step) => !later.includes(step));
  const sinceMs = (id: string) => Math.max(0, nowMs - (timeline.sent[id] ?? nowMs));
  return { allMs, laterMs, leftMs: current.reduce((sum, { id, expectedMs }) => sum + Math.max(0, expectedMs - sinceMs(id)), laterMs) };
}
