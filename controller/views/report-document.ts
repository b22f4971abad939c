/** PURE. What was done, node by node, after or during a run. */
import type { ReportDocument, ReportNode } from '../../common/documents/runs.ts';
import type { PartDuration } from '../../common/orders.ts';
import { goalText } from '../planner/plan-text.ts';
import { downtimeMsOf, downtimesByNode, writePausesOf } from '../sequencer/run/downtime.ts';
import { type ChosenPlace, isOfRoll, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import type { RunStatus } from '../sequencer/run/run-status.ts';
import type { Timeline } from '../sequencer/run/timeline.ts';
import type { ChainVerification, RunPlan } from '../store/store.ts';
import { isoOf } from './run-document.ts';

export interface Reported {
  readonly record: RunPlan;
  readonly status: RunStatus;
  readonly timeline: Timeline;
  readonly chain: ChainVerification | null;
  readonly nowMs: number;
}

export function reportDocument(shown: Reported): ReportDocument {
  const { record, status, timeline, chain, nowMs } = shown;
  const { plan } = record;
  return {
    apiVersion: 'drydock/v1',
    run: {
      id: record.runId,
      plan: record.planId,
      digest: record.digest,
      cluster: plan.cluster,
      what: goalText(plan),
      state: status.state,
      reason: status.endReason,
      from: plan.from,
      to: plan.to,
      startedAt: isoOf(timeline.startedAtMs),
      endedAt: isoOf(timeline.endedAtMs),
      plannedBy: status.plannedBy,
      approvedBy: status.approvedBy,
    },
    nodes: nodesOf(shown),
    restored: restoredIn(shown),
    ...leftToDo(shown),
    writesPausedMs: writesPaused(shown),
    phases: phasesOf(record, status, timeline),
    holds: timeline.holds.map(({ hold, sinceMs, untilMs }) => ({
      kind: hold.kind,
      subject: hold.subject,
      detail: hold.detail,
      since: new Date(sinceMs).toISOString(),
      ms: (untilMs ?? nowMs) - sinceMs,
    })),
    effectsOpen: status.effects.length,
    audit: { ok: chain?.ok === true, events: chain?.events ?? timeline.events, head: chain?.head ?? timeline.head },
  };
}

/** As the plan found it; what is not affected needs nothing. */
function leftToDo({ record: { plan }, status }: Reported): Pick<ReportDocument, 'tasks'> {
  const over = plan.hops.filter((hop) => status.hops[hop.id] === 'finalized');
  const tasks = over.flatMap((hop) => hop.tasks ?? []).filter(({ affected }) => affected !== 'not-affected');
  return tasks.length === 0 ? {} : { tasks };
}

/** Only what was really restored; what was in place before is not gone: it was moved aside. */
function restoredIn({ record: { plan }, status }: Reported): readonly string[] {
  const back = runIndex(plan, status).everDisruptive.flatMap(({ turn, chosen }) => {
    const restoreEffect = Object.entries(chosen.steps).some(([id, { effect }]) => effect === 'made' && isRestore(plan, id));
    return restoreEffect && turn.instance !== null ? [turn.instance] : [];
  });
  if (back.length === 0) return [];
  const snapshotOf = (instance: string) => plan.goal.restore?.snapshots.find((each) => each.instance === instance)?.snapshot ?? '';
  return [
    ...back.map((instance) => `${instance} to snapshot ${snapshotOf(instance)}; the replaced data is kept beside its data directory`),
    ...(plan.lost ?? []).map((sentence) => `lost for good: ${sentence}`),
  ];
}

function isRestore(plan: RunPlan['plan'], stepId: string): boolean {
  const body = planIndex(plan).step(stepId)?.step.body;
  return body?.kind === 'downtime' && body.parts.includes('restore');
}

function writesPaused({ record, status, timeline }: Reported): number | null {
  const pauses = runIndex(record.plan, status).everDisruptive.flatMap(({ turn, chosen }) => writePausesOf(turn, chosen, timeline));
  return pauses.length === 0 ? null : pauses.reduce((sum, ms) => sum + ms, 0);
}

/** One of each node and hop, in the order in which they were first touched. Times down of the way there and of the rollback belong to the node alike. */
function nodesOf(shown: Reported): readonly ReportNode[] {
  const { record, status, timeline, nowMs } = shown;
  const touched = Map.groupBy(runIndex(record.plan, status).everDisruptive, ({ hop, turn }) => `${hop.id} ${turn.instance ?? ''}`);
  const downtimesOf = downtimesByNode(record.plan, status, timeline);
  return [...touched.values()].flatMap((places) => {
    const [first] = places;
    if (first === undefined) return [];
    const { hop, turn, chosen } = first;
    const instance = turn.instance ?? '';
    const steps = places.flatMap((place) => Object.entries(place.chosen.steps));
    const settle = steps.find(([id]) => bodyOf(record, id)?.kind === 'await' && (bodyOf(record, id)?.steadyMs ?? 0) > 0);
    return [
      {
        instance,
        hop: hop.id,
        role: chosen.role,
        downtimeMs: downtimeMsOf(downtimesOf(instance), timeline.endedAtMs ?? nowMs, (down) => down.hop === hop.id),
        parts: summed(steps.flatMap(([, step]) => step.parts)),
        settleMs: settle?.[1].elapsedMs ?? null,
        version: newestVersion(shown, first),
        rollbackUsed: places.some((place) => place.chosen.way === 'back') || steps.some(([, step]) => step.effect === 'reverted'),
        steps: steps.map(([id, step]) => ({ name: planIndex(record.plan).step(id)?.step.title ?? id, ms: step.elapsedMs })),
      },
    ];
  });
}

function bodyOf(record: RunPlan, stepId: string): { readonly kind: string; readonly steadyMs?: number } | null {
  return planIndex(record.plan).step(stepId)?.step.body ?? null;
}

/** What the node itself reported last in this hop: a peer's receipt tells the peer's version. */
function newestVersion({ record: { plan }, status, timeline }: Reported, { hop, turn: { instance } }: ChosenPlace): string | null {
  const steps = status.turns
    .filter(({ turn }) => runIndex(plan, status).place(turn)?.hop.id === hop.id)
    .flatMap((turn) => Object.entries(turn.steps))
    .filter(([, step]) => step.instance === instance && step.version !== null);
  const atMs = ([id]: (typeof steps)[number]): number => timeline.receipts[id] ?? 0;
  return steps.toSorted((one, other) => atMs(one) - atMs(other)).at(-1)?.[1].version ?? null;
}

function summed(parts: readonly PartDuration[]): readonly PartDuration[] {
  const totals = new Map<string, number>();
  for (const { part, ms } of parts) totals.set(part, (totals.get(part) ?? 0) + ms);
  return [...totals].map(([part, ms]) => ({ part, ms }));
}

/** From the choice of a phase's first turn to the last receipt in it; the rollback counts as a phase of its own. */
function phasesOf({ plan }: RunPlan, status: RunStatus, timeline: Timeline): ReportDocument['phases'] {
  const names = new Map(planIndex(plan).places.map(({ turn, phase }) => [turn.id, phase.name as string]));
  // Which node was the canary is told by what happened.
  for (const hop of plan.hops) {
    const chosen = runIndex(plan, status).everDisruptive.filter((place) => place.hop.id === hop.id && isOfRoll(place));
    for (const [at, { turn }] of chosen.entries()) names.set(turn.id, at < plan.canaryCount ? 'canary' : 'roll');
  }
  const spans = new Map<string, { sinceMs: number; untilMs: number }>();
  for (const span of timeline.turns) {
    const name = span.way === 'back' ? 'rollback' : (names.get(span.turn) ?? span.turn);
    const known = spans.get(name);
    const untilMs = span.lastMs ?? span.sinceMs;
    spans.set(name, {
      sinceMs: Math.min(known?.sinceMs ?? span.sinceMs, span.sinceMs),
      untilMs: Math.max(known?.untilMs ?? untilMs, untilMs),
    });
  }
  return [...spans].map(([name, { sinceMs, untilMs }]) => ({ name, ms: untilMs - sinceMs }));
}
