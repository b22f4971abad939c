/** PURE. The status of a run as CLI, API and dashboard show it. */

import { adoptCommand, excludeCommand } from '../../common/commands.ts';
import type {
  EffectDocument,
  HoldDocument,
  RequestDocument,
  RunDocument,
  StepDocument,
  TurnDocument,
} from '../../common/documents/runs.ts';
import type { ClusterView } from '../../common/facts.ts';
import { holdKey } from '../../common/holds.ts';
import { orderIdOf, waitsPart } from '../../common/orders.ts';
import { type Plan, type Step, variantFor } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { lostByFinalizing } from '../../common/rollback-until.ts';
import { goalText } from '../planner/plan-text.ts';
import { nodeOf } from '../sequencer/decide/decision-input.ts';
import { type Labelled, labelledPlaces, movedNow } from '../sequencer/decide/roles.ts';
import { afterFailed, noRollback } from '../sequencer/decide/rollback-policy.ts';
import { restOf } from '../sequencer/decide/soak.ts';
import { downtimeMsOf, downtimesByNode, type NodeDowntimes } from '../sequencer/run/downtime.ts';
import { type Place, planIndex, runIndex } from '../sequencer/run/run-index.ts';
import {
  isExcluded,
  isOver,
  type OpenEffect,
  openSteps,
  type RunStatus,
  type StepAt,
  type StepStatus,
  type TurnStatus,
  waitingSteps,
} from '../sequencer/run/run-status.ts';
import type { Timeline } from '../sequencer/run/timeline.ts';
import { endedWell, nextInTurn, stepsToRun, undoOf } from '../sequencer/run/turn-progress.ts';
import type { AdmissionRecord, RunPlan, StoreTrouble } from '../store/store.ts';
import { commandTexts, legalCommands, nextCommands } from './legal-commands.ts';
import { longStep, remainingOf } from './progress.ts';
import { meaningOf } from './text.ts';
import type { PartProgress } from './watchers.ts';

export interface Shown {
  readonly record: RunPlan;
  readonly status: RunStatus;
  readonly cursor: number;
  readonly timeline: Timeline;
  readonly admissions: readonly AdmissionRecord[];
  /** When nodes are looked at next, at the latest. */
  readonly nextProbeAtMs: number | null;
  /** As its agents told last. */
  readonly view: Pick<ClusterView, 'nodes'>;
  readonly procedure: Pick<Procedure, 'leaderRole' | 'eligible'>;
  /** Why nothing that happens can be recorded; null: it can. */
  readonly trouble: StoreTrouble | null;
  /** What was last told of an order under way. */
  readonly progress: PartProgress | null;
  readonly nowMs: number;
  /** What agents said of open orders. */
  liveState(orderId: string): 'accepted' | 'begun' | null;
}

/** With the plan at hand. */
type Seen = Shown & { readonly plan: Plan };

export function runDocument(asked: Shown): RunDocument {
  const shown = { ...asked, plan: asked.record.plan };
  const { record, status, timeline, plan } = shown;
  const { runId, planId } = record;
  const places = labelledPlaces(shown);
  const downtimesOf = downtimesByNode(plan, status, timeline);
  const turns = places.map((place) => turnDocument(shown, place, downtimesOf(place.turn.instance ?? '')));
  const { allMs, leftMs, currentStepMs } = remainingOf(shown);
  const over = isOver(status);
  const long = over ? null : longStep({ ...shown, plan });
  const legalCommandTexts = [
    ...legalCommands(plan, status).flatMap((command) => commandTexts(command, runId, planId)),
    ...exclusionsOffered(plan, status, runId),
  ];
  return {
    apiVersion: 'drydock/v1',
    run: runId,
    plan: planId,
    digest: record.digest,
    cluster: plan.cluster,
    what: goalText(plan),
    moved: isOver(status) ? [] : movedNow(shown),
    engine: plan.engine,
    from: plan.from,
    to: plan.to,
    state: status.state,
    way: status.way,
    paused: status.paused !== null,
    aborting: status.aborting !== null && !over,
    rest: restDocument(shown),
    rollback: requestDocument(status.rollback, timeline.rollbackAtMs),
    abort: requestDocument(status.aborting, timeline.abortAtMs),
    startedAt: isoOf(timeline.startedAtMs),
    endedAt: isoOf(timeline.endedAtMs),
    endReason: status.endReason,
    effects: status.effects.map(effectDocument),
    excluded: exclusionDocuments(status),
    holds: [...troubleHolds(shown), ...status.holds.map((hold) => holdDocument(shown, hold, legalCommandTexts))],
    waiting: (shown.trouble === null ? long : null) ?? waitingOf(shown),
    meaning: meaningOf({ plan, status, view: shown.view, procedure: shown.procedure }),
    hops: plan.hops.map((hop) => ({ hop: hop.id, from: hop.from, to: hop.to, state: status.hops[hop.id] ?? 'pending' })),
    turns,
    fraction: over ? 1 : allMs === 0 ? 0 : 1 - leftMs / allMs,
    // What takes longer than was expected has no estimate.
    remainingMs: over ? 0 : long !== null ? null : Math.round(leftMs),
    currentStepMs: over || long !== null ? 0 : Math.round(currentStepMs),
    legalCommands: legalCommandTexts,
    next: nextCommands(shown),
    cursor: shown.cursor,
  };
}

const effectDocument = ({ instance, key, prior, set }: OpenEffect): EffectDocument => ({ instance, key, prior, set });

const exclusionDocuments = ({ excluded, leftEffects = [] }: RunStatus): RunDocument['excluded'] =>
  excluded.map(({ instance, actor, reason }) => {
    const left = leftEffects.filter(({ leftFor }) => leftFor === instance);
    return { instance, actor, reason, effectsLeft: left.map(effectDocument) };
  });

/** Nodes that a hold offers to exclude; whether one can be is judged by what was seen of the others. */
const exclusionsOffered = (plan: Plan, { holds, excluded }: RunStatus, runId: string): readonly string[] =>
  plan.nodes
    .filter(({ instance }) => !isExcluded({ excluded }, instance))
    .map(({ instance }) => excludeCommand(runId, instance))
    .filter((command) => holds.some(({ commands }) => commands.includes(command)));

function requestDocument(request: RunStatus['rollback'], atMs: number | null): RequestDocument | null {
  return request === null || atMs === null ? null : { since: new Date(atMs).toISOString(), ...request };
}

function restDocument(shown: Seen): RunDocument['rest'] {
  const rest = restOf(shown);
  if (rest === null) return null;
  const { sinceMs, untilMs, step, thing, refused } = rest;
  const until = isoOf(untilMs);
  const rollback = noRollback(shown.plan, shown.status) === null ? { until, lost: lostByFinalizing(rest) } : null;
  return { since: new Date(sinceMs).toISOString(), until, step, thing, refused, rollback };
}

export const isoOf = (ms: number | null): string | null => (ms === null ? null : new Date(ms).toISOString());

function holdDocument({ timeline, nextProbeAtMs }: Shown, hold: RunStatus['holds'][number], legal: readonly string[]): HoldDocument {
  const span = timeline.holds.find((each) => each.untilMs === null && holdKey(each.hold) === holdKey(hold));
  return {
    ...hold,
    // What was right when it was raised may not be taken any more: an abort is said once.
    commands: hold.commands.filter((command) => command === adoptCommand || legal.includes(command)),
    since: new Date(span?.sinceMs ?? 0).toISOString(),
    nextProbe: hold.releasedBy === 'person' ? null : isoOf(nextProbeAtMs),
  };
}

const troubleHolds = ({ status, trouble }: Shown): readonly HoldDocument[] =>
  trouble === null || status.state !== 'active' ? [] : [storeHold(trouble)];

/** Told while it lasts and never stored: there is nowhere to store it. */
export function storeHold({ sinceMs, folder, detail }: StoreTrouble): HoldDocument {
  return {
    kind: 'store-unwritable',
    subject: 'controller',
    detail,
    releasedBy: 'automatic',
    until: `once ${folder} has free space again; free some there`,
    commands: [],
    since: new Date(sinceMs).toISOString(),
    nextProbe: null,
  };
}

/** What the order under way waits for; else the newest admission that was not granted, while nothing goes on and no hold says why. */
function waitingOf(shown: Shown): RunDocument['waiting'] {
  const { status, admissions, nextProbeAtMs } = shown;
  if (status.state !== 'active' || status.holds.length > 0 || shown.trouble !== null) return null;
  if (openSteps(status).length > 0) return awaitedIn(shown);
  const asked = askedOf(shown);
  if (asked !== null) return asked;
  const waits = admissions.filter((admission) => admission.verdict !== 'allow');
  const newest = waits.reduce<AdmissionRecord | null>((last, each) => (last === null || each.atMs >= last.atMs ? each : last), null);
  if (newest === null) return null;
  return {
    reason: `${newest.subject}: ${newest.reason}`,
    since: new Date(newest.atMs).toISOString(),
    nextProbe: isoOf(nextProbeAtMs),
  };
}

/** Since the receipt before it; its agent probes again every moment. */
function awaitedIn({ record, status, timeline, progress }: Shown): RunDocument['waiting'] {
  const open = openSteps(status).find(({ step }) => step === progress?.step);
  const place = open === undefined ? null : planIndex(record.plan).step(open.step);
  if (open === undefined || place === null || progress?.part !== waitsPart) return null;
  const span = timeline.turns.findLast(({ turn }) => turn === open.turn);
  return {
    reason: `${place.step.title}: ${progress.note}`,
    since: new Date(span?.lastMs ?? span?.sinceMs ?? 0).toISOString(),
    nextProbe: null,
    ...givenUp(record.plan, status, open, place.step, timeline.sent[open.step]),
  };
}

/** Another system that was asked and has not agreed, for less long than is tolerated. */
function askedOf({ record, status, timeline }: Shown): RunDocument['waiting'] {
  for (const { step, status: waiting } of waitingSteps(status)) {
    const body = planIndex(record.plan).step(step)?.step.body;
    const why = waiting.soak?.why ?? null;
    if (body?.kind !== 'external' || why === null) continue;
    return { reason: `ask ${body.name}: ${why}`, since: new Date(timeline.sent[step] ?? 0).toISOString(), nextProbe: null };
  }
  return null;
}

/** P17: until when a proof is waited for, and what the run does then. */
function givenUp(plan: Plan, status: RunStatus, open: StepAt, { body, deadlineMs }: Step, sentMs: number | undefined) {
  if (body.kind !== 'await' || sentMs === undefined) return {};
  return { givenUp: { at: new Date(sentMs + deadlineMs).toISOString(), otherwise: afterFailed(plan, status, open) } };
}

/** Roles move while a run goes on: of a turn that was begun the one at that time is told, of one to come that of now. */
function turnDocument(shown: Seen, { hop, label, turn }: Labelled, downtimes: NodeDowntimes): TurnDocument {
  const { status, record, timeline, nowMs } = shown;
  const chosen = runIndex(record.plan, status).chosen(turn.id);
  const steps = chosen === null ? (variantFor(turn, turn.expectedRole ?? '')?.steps ?? []) : shownSteps(turn, chosen);
  const ended = Object.values(chosen?.steps ?? {});
  const planned = record.plan.nodes.find((node) => node.instance === turn.instance);
  const span = shown.timeline.turns.findLast((each) => each.turn === turn.id);
  return {
    turn: turn.id,
    hop: hop.id,
    phase: label,
    instance: turn.instance,
    role: turn.instance === null ? null : (chosen?.backRole ?? chosen?.role ?? roleNow(shown, turn.instance) ?? planned?.role ?? null),
    disruptive: turn.disruptive,
    state: turnState(shown.status, turn, chosen),
    downtimeMs: downtimeMsOf(downtimes, timeline.endedAtMs ?? nowMs, (place) => place.turn === turn.id),
    // Of the steps that the node itself carried out: a peer's receipt tells the peer's version.
    version: ended.findLast((step) => step.version !== null && step.instance === turn.instance)?.version ?? null,
    rollbackUsed: chosen !== null && (chosen.way === 'back' || ended.some((step) => step.effect === 'reverted')),
    startedAt: isoOf(span?.sinceMs ?? null),
    lastReceiptAt: isoOf(span?.lastMs ?? null),
    steps: steps.map((step) => stepDocument(shown, step, chosen?.steps[step.id])),
  };
}

/** null: unknown. */
function roleNow({ view }: Shown, instance: string): string | null {
  const node = nodeOf({ view }, instance);
  return node?.connected === true ? (node.facts?.role ?? null) : null;
}

/** Forward steps that were tried, and those of the rollback once it is taken. */
function shownSteps(turn: Place['turn'], chosen: TurnStatus): readonly Step[] {
  const forward = variantFor(turn, chosen.role)?.steps ?? [];
  if (chosen.way === 'forward') return forward;
  return [...forward.filter((step) => chosen.steps[step.id] !== undefined), ...stepsToRun(turn, chosen)];
}

export function turnState(status: RunStatus, turn: Place['turn'], chosen: TurnStatus | null): TurnDocument['state'] {
  if (isExcluded(status, turn.instance) && (chosen === null || !endedWell(turn, chosen))) return 'excluded';
  if (chosen === null) return 'pending';
  const next = nextInTurn(turn, chosen).kind;
  if (chosen.way === 'back') return next === 'complete' ? 'rolled-back' : next === 'failed' ? 'failed' : 'rolling-back';
  if (next === 'complete') return 'done';
  if (status.way === 'back' && undoOf(turn, chosen) !== 'none') return 'rolling-back';
  return next === 'failed' || next === 'unknown' ? 'failed' : 'open';
}

function stepDocument(shown: Shown, step: Step, last: StepStatus | undefined): StepDocument {
  const begun = last !== undefined && shown.liveState(orderIdOf(shown.record.runId, step.id, last.attempt)) === 'begun';
  const ended = last !== undefined && (last.state === 'done' || last.state === 'failed');
  return {
    step: step.id,
    title: step.title,
    state:
      last === undefined || last.state === 'retry'
        ? 'queued'
        : ended
          ? 'ended'
          : last.state === 'waiting'
            ? 'waiting'
            : last.state === 'unknown'
              ? 'unknown'
              : begun
                ? 'begun'
                : 'dispatched',
    attempt: last?.attempt ?? 0,
    outcome: ended ? (last.outcome ?? (last.state === 'done' ? 'done' : 'failed')) : null,
    ms: ended ? last.elapsedMs : null,
    expectedMs: step.expectedMs,
  };
}
