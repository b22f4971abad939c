/**
 * PURE. A soak: each sample of the cluster counts towards it or not. A short disturbance changes nothing; one that lasts is a
 * breach, and a breach ends only once all has been well for as long. Time that was not watched does not count.
 */

import type { ClusterView } from '../../../common/cluster-view.ts';
import type { ControllerBody, ExternalBody } from '../../../common/controller-body.ts';
import type { SoakProgress } from '../../../common/events.ts';
import type { Plan } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import { runIndex } from '../run/run-index.ts';
import { isAboutExcluded, isExcluded, type RunStatus } from '../run/run-status.ts';
import { nodeOf, serves } from './decision-input.ts';

export type SoakBody = Extract<ControllerBody, { kind: 'soak' }>;
/** Steps that end once what they watch has been healthy for long enough. */
export type WatchBody = SoakBody | ExternalBody;

export interface Sample {
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

export interface Watched {
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
