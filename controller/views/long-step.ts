/** PURE. A step that takes far longer than was expected says so: what it is at, since when, how long that usually takes, and what it waits for. */
import type { RunDocument } from '../../common/documents/runs.ts';
import { durationText } from '../../common/duration-text.ts';
import { type DowntimePart, downtimeParts, waitsPart } from '../../common/orders.ts';
import type { Plan, Step } from '../../common/plan.ts';
import { planIndex } from '../sequencer/run/run-index.ts';
import { openSteps, type RunStatus, type StepAt } from '../sequencer/run/run-status.ts';
import type { Timeline } from '../sequencer/run/timeline.ts';
import type { PartProgress } from './watchers.ts';

export interface Going {
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
