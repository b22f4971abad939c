/** PURE. How far a run is: what is still to do by the wall clock, where turns that go together take as long as the longest of them, and which step takes far longer than expected. */
import type { RunDocument } from '../../common/documents/runs.ts';
import { durationText } from '../../common/duration-text.ts';
import { type DowntimePart, downtimeParts, waitsPart } from '../../common/orders.ts';
import { type Plan, type Step, variantFor } from '../../common/plan.ts';
import { type Place, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import { openSteps, type RunStatus, type StepAt } from '../sequencer/run/run-status.ts';
import type { Timeline } from '../sequencer/run/timeline.ts';
import { stepsToRun } from '../sequencer/run/turn-progress.ts';
import type { PartProgress } from './watchers.ts';

interface Remaining {
  /** Of all that the run has to do in the way it goes. */
  readonly allMs: number;
  readonly leftMs: number;
  /** What of it passes without another order: the rest of the steps under way, as was expected of them. */
  readonly currentStepMs: number;
}

interface Under {
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

// A step that takes far longer than was expected says so: what it is at, since when, how long that usually takes, and what it waits for.

interface Going {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly timeline: Timeline;
  readonly progress: PartProgress | null;
  readonly nowMs: number;
}

/** Sooner nothing is amiss. */
const leastMs = 5_000;
const tooLong = 3;

const verbs: Readonly<Record<DowntimePart, string>> = {
  quiesce: 'preparing the stop of',
  drain: 'draining',
  stop: 'stopping',
  restore: 'restoring',
  activate: 'switching the release of',
  start: 'starting',
  act: 'finishing the stop of',
};

/** Of the orders under way the one that is overdue for longest; null: none is. A proof says itself what it waits for. */
export function longStep(going: Going): RunDocument['waiting'] {
  const long = openSteps(going.status).flatMap((open) => {
    const step = planIndex(going.plan).step(open.step)?.step;
    const sinceMs = going.timeline.sent[open.step];
    if (step === undefined || sinceMs === undefined || going.nowMs - sinceMs < Math.max(leastMs, step.expectedMs * tooLong)) return [];
    return [{ open, step, sinceMs }];
  });
  const [longest] = long.sort((a, b) => a.sinceMs - b.sinceMs);
  return longest === undefined ? null : reportedOf(going, longest.open, longest.step, longest.sinceMs);
}

function reportedOf(
  { status, progress, nowMs }: Going,
  open: StepAt,
  step: Step,
  sentMs: number,
): NonNullable<RunDocument['waiting']> | null {
  const { instance } = open.status;
  const seen = progress?.step === open.step ? progress : null;
  if (seen?.part === waitsPart) return null;
  const part = downtimeParts.find((each) => each === seen?.part);
  const sinceMs = part === undefined ? sentMs : (seen?.sinceMs ?? sentMs);
  const usual = part === undefined ? null : usualMs(status, part);
  const against =
    usual === null ? `expected ${durationText(step.expectedMs)}${part === undefined ? '' : ' in all'}` : `usually ${durationText(usual)}`;
  const what = part === undefined ? `${step.title} on ${instance}` : `${verbs[part]} ${instance}`;
  const note = seen === null || seen.note === '' || seen.note === seen.part ? '' : `: ${seen.note}`;
  return {
    reason: `${what} for ${durationText(nowMs - sinceMs)} (${against})${note}`,
    since: new Date(sinceMs).toISOString(),
    nextProbe: null,
  };
}

/** What this part took on the nodes before, the median; null: none had it yet. */
function usualMs({ turns }: RunStatus, part: DowntimePart): number | null {
  const took = turns
    .flatMap(({ steps }) => Object.values(steps).flatMap(({ parts }) => parts.filter((each) => each.part === part).map(({ ms }) => ms)))
    .sort((a, b) => a - b);
  return took[Math.floor(took.length / 2)] ?? null;
}
