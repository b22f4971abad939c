/** PURE. A run that rests unfinalized: how much of its time is left, when it reminds of that, and which hold it raises once the time is over. */
import { durationText } from '../../../common/duration-text.ts';
import type { RunEvent } from '../../../common/events.ts';
import type { Plan } from '../../../common/plan.ts';
import { planIndex } from '../run/run-index.ts';
import { type RunStatus, waitingSteps } from '../run/run-status.ts';
import type { Timeline } from '../run/timeline.ts';

export interface Resting {
  readonly runId: string;
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly timeline: Timeline;
  /** Wall clock: a rest outlives the controller's processes. */
  readonly nowMs: number;
}

/** Shares of the deadline, left when a reminder is due. */
const reminders = [1 / 2, 1 / 4, 1 / 10, 0] as const;

export interface Rest {
  readonly hop: string;
  readonly from: string;
  readonly step: string;
  /** What a person agrees to by finalizing. */
  readonly thing: string;
  readonly sinceMs: number;
  /** null: nothing limits it. */
  readonly untilMs: number | null;
}

/** null: the run does not rest. */
export function restOf({ plan, status, timeline }: Omit<Resting, 'nowMs' | 'runId'>): Rest | null {
  if (status.state !== 'unfinalized' || timeline.restedAtMs === null) return null;
  for (const { step } of waitingSteps(status)) {
    const placed = planIndex(plan).step(step);
    if (placed?.step.body.kind !== 'consent' || placed.step.body.rests === undefined) continue;
    const { thing, rests } = placed.step.body;
    const untilMs = rests.deadlineMs === null ? null : timeline.restedAtMs + rests.deadlineMs;
    return { hop: placed.hop.id, from: placed.hop.from, step, thing, sinceMs: timeline.restedAtMs, untilMs };
  }
  return null;
}

/** Each reminder once, also across restarts; the last of them holds. */
export function restEvents(resting: Resting): readonly RunEvent[] {
  const rest = restOf(resting);
  if (rest === null || rest.untilMs === null) return [];
  const allMs = rest.untilMs - rest.sinceMs;
  const leftMs = Math.max(0, rest.untilMs - resting.nowMs);
  const due = reminders.filter((share) => leftMs <= share * allMs).at(-1);
  const told = resting.timeline.remindedLeftMs;
  if (due === undefined || (told !== null && told <= due * allMs)) return [];
  const reminded: RunEvent = { type: 'reminded', hop: rest.hop, leftMs };
  if (leftMs > 0) return [reminded];
  const { runId } = resting;
  const detail = `the run has rested unfinalized for ${durationText(allMs)}, as long as it may`;
  const hold = {
    kind: 'finalize-overdue',
    subject: rest.hop,
    detail,
    releasedBy: 'person',
    until: 'finalize the run, or roll it back',
    commands: [`finalize ${runId}`, `rollback ${runId}`],
  } as const;
  return [reminded, { type: 'hold-raised', hold }];
}
