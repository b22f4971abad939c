/** PURE. What the controller watches for a time, and rests that a person ends. */

import type { ControllerBody, ExternalBody } from '../../../common/controller-body.ts';
import { durationText } from '../../../common/duration-text.ts';
import type { RunEvent, SoakProgress } from '../../../common/events.ts';
import type { ClusterView } from '../../../common/facts.ts';
import type { Plan } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { planIndex, runIndex } from '../run/run-index.ts';
import { isAboutExcluded, isExcluded, type RunStatus, waitingSteps } from '../run/run-status.ts';
import type { Timeline } from '../run/timeline.ts';
import { nodeOf, serves } from './decision-input.ts';

type SoakBody = Extract<ControllerBody, { kind: 'soak' }>;
/** Steps that end once what they watch has been healthy for long enough. */
export type WatchBody = SoakBody | ExternalBody;

interface Sample {
  /** Problems found, one sentence each; empty: none. */
  readonly complaints: readonly string[];
  /** Since the previous sample, in milliseconds, as far as the cluster was watched. */
  readonly elapsedMs: number;
}

/** @param toleranceMs how long a disturbance may last, and how long all must be healthy after a breach */
export function nextSoak(before: SoakProgress, { complaints, elapsedMs }: Sample, toleranceMs: number): SoakProgress {
  const why = complaints.length === 0 ? null : complaints.join('; ');
  if (why === null) {
    if (before.state !== 'breached') return { state: 'steady', soakedMs: before.soakedMs + elapsedMs, stretchMs: 0, why };
    // During a breach this counts the time without a disturbance since the last one.
    const wellMs = before.why === null ? before.stretchMs + elapsedMs : 0;
    return wellMs >= toleranceMs
      ? { state: 'steady', soakedMs: before.soakedMs, stretchMs: 0, why }
      : { state: 'breached', soakedMs: before.soakedMs, stretchMs: wellMs, why };
  }
  if (before.state === 'breached') return { ...before, stretchMs: 0, why };
  const badMs = before.state === 'disturbed' ? before.stretchMs + elapsedMs : 0;
  const state = badMs >= toleranceMs && before.state === 'disturbed' ? 'breached' : 'disturbed';
  return { state, soakedMs: before.soakedMs, stretchMs: state === 'breached' ? 0 : badMs, why };
}

interface Watched {
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly view: ClusterView;
  readonly procedure: Procedure;
  readonly hop: string;
}

/** Problems of the cluster in this probe, one sentence each. */
export function soakComplaints({ plan, status, view, procedure, hop }: Watched, { allowed, bounds }: SoakBody): readonly string[] {
  const index = runIndex(plan, status);
  const absent = plan.nodes
    .filter(({ instance, critical }) => critical !== false && !isExcluded(status, instance) && !serves(nodeOf({ view }, instance)))
    .map(({ instance }) => `${instance} is not in service`);
  const others = plan.nodes.flatMap(({ instance }) => {
    if (isExcluded(status, instance)) return [];
    const [expected, running] = [index.expectedVersion(instance), nodeOf({ view }, instance)?.facts?.version.running ?? null];
    return expected === null || running === null || running === expected ? [] : [`${instance} runs ${running}, not ${expected}`];
  });
  const refused = procedure
    .assess(view, [])
    .filter(({ severity, check }) => severity === 'refuse' && !allowed.includes(check))
    .filter(({ subject }) => !isAboutExcluded(status, subject))
    .map(({ detail }) => detail);
  const metrics = procedure.metrics?.(view) ?? {};
  const outOfBounds = bounds.flatMap((bound) => {
    const now = metrics[bound.metric];
    const before = status.baselines?.[hop]?.[bound.metric];
    if (now === undefined) return [`${bound.metric} is unknown`];
    if (bound.atMost !== undefined && now > bound.atMost) return [`${bound.metric} is ${now}, at most ${bound.atMost} is expected`];
    if (bound.atMostOfBaseline === undefined) return [];
    // P9: what was not known before shows nothing now.
    if (before === undefined) return [`${bound.metric} is ${now}, and before the hop it was unknown`];
    if (now <= before * bound.atMostOfBaseline) return [];
    return [`${bound.metric} is ${now}, before the hop it was ${before}; at most ${bound.atMostOfBaseline} times as much is expected`];
  });
  return [...new Set([...absent, ...others, ...refused, ...outOfBounds])];
}

// A run that rests unfinalized: how much of its time is left, when it reminds of that, and which hold it raises once the time is over.

interface Resting {
  readonly runId: string;
  readonly plan: Plan;
  readonly status: RunStatus;
  readonly timeline: Timeline;
  /** Wall clock: a rest outlives the controller's processes. */
  readonly nowMs: number;
}

/** Shares of the deadline, left when a reminder is due. */
const reminders = [1 / 2, 1 / 4, 1 / 10, 0] as const;

interface Rest {
  readonly hop: string;
  readonly from: string;
  readonly step: string;
  /** What a person agrees to by finalizing. */
  readonly thing: string;
  /** What cannot be used until then. */
  readonly refused: readonly string[];
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
    return { hop: placed.hop.id, from: placed.hop.from, step, thing, refused: rests.refused ?? [], sinceMs: timeline.restedAtMs, untilMs };
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
  const detail = `the run has rested unfinalized for ${durationText(allMs)}, the longest allowed`;
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
