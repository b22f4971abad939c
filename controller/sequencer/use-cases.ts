/** What people ask of runs. Each command becomes one event, or a refusal in one sentence; what follows from it the next decision says. */
import assert from 'node:assert/strict';
import type { Clock } from '../../common/clock.ts';
import type { ReportDocument, RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { FailureError, fail } from '../../common/failure.ts';
import type { MovedRole } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { runStateText, shouted } from '../../common/run-state.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { goalWords, planAgain } from '../planner/goal-words.ts';
import { refuseAgain, refuseOtherHistory } from '../planner/history.ts';
import { pageOf } from '../planner/list-plans.ts';
import { lookAt, viewWith } from '../planner/look.ts';
import { movedRoles } from '../planner/moved-roles.ts';
import { runOfSnapshot } from '../planner/restored.ts';
import { knownPlan } from '../planner/use-cases.ts';
import { newestRow, openStates } from '../store/run-lists.ts';
import type { ListQuery, Store } from '../store/store.ts';
import type { Lane } from './lane.ts';
import { commandText, isForward, isLegal, legalCommands, type Verb } from './legal-commands.ts';
import { stepPlace } from './progress.ts';
import { reportDocument } from './report-document.ts';
import { brokenByMove } from './roles.ts';
import { isoOf, runDocument, storeHold } from './run-document.ts';
import { findStep, isOver } from './run-status.ts';
import { refuseOtherRules, type Sequencer } from './sequencer.ts';
import { changedFacts } from './still-fits.ts';
import type { StepProgress } from './watchers.ts';
import { noWayBack } from './way-back.ts';

export interface RunUseCaseDeps {
  readonly sequencer: Sequencer;
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly writer: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
}

export interface RunPage {
  readonly runs: RunListDocument;
  /** Mark that the next page is asked for with; empty: nothing after this page. */
  readonly nextAfter: string;
}

/** A cluster has one active run, and few that wait for their start. */
const allOpen: ListQuery = { ...newestRow, states: openStates, limit: 100_000 };

/** One thing that a watcher sees: exactly one of the members. */
export interface RunSeen {
  readonly event?: StoredEvent;
  readonly status?: RunDocument;
  readonly progress?: StepProgress;
}

export interface RunUseCases {
  /** The plan must be approved, fit what is there now, and be the only active run of its cluster. Returns the run's id. */
  startRun(planId: string, actor: string): Promise<string>;
  /** A page of all runs, newest first. */
  listRuns(query: ListQuery): Promise<RunPage>;
  /** Those that have not ended. */
  openRuns(): Promise<RunListDocument>;
  getRun(runId: string): Promise<RunDocument>;
  /** All events after `afterSeq`, then new ones as they come, with the status after them; ends when the run has. */
  watchRun(runId: string, afterSeq: number, signal: AbortSignal): AsyncIterable<RunSeen>;
  /** No new turn and no new disruptive order; what is open goes on. */
  pauseRun(runId: string, reason: string, actor: string): Promise<void>;
  resumeRun(runId: string, actor: string): Promise<void>;
  /** No new order; the open one ends, then the run. */
  abortRun(runId: string, reason: string, actor: string): Promise<void>;
  rollbackRun(runId: string, reason: string, actor: string): Promise<void>;
  /** Lets attempt n+1 be made of a step whose attempt n failed. */
  retryStep(runId: string, step: string, actor: string): Promise<{ readonly attempt: number }>;
  /** Says what an attempt came to that has no good end. */
  resolveStep(runId: string, step: string, as: 'done' | 'failed', reason: string, actor: string): Promise<void>;
  getReport(runId: string): Promise<ReportDocument>;
}

export function createRunUseCases(deps: RunUseCaseDeps): RunUseCases {
  let starting: Promise<unknown> = Promise.resolve();
  const say = (
    runId: string,
    verb: Verb,
    actor: string,
    events: (lane: Lane) => RunEvent | readonly RunEvent[],
    step: string | null = null,
  ): Promise<void> => command(deps, runId, verb, actor, events, step);
  return {
    startRun(planId, actor) {
      // One start at a time, so that two runs of one cluster cannot both find it free.
      const started = starting.then(() => start(deps, planId, actor));
      starting = started.catch(() => undefined);
      return started;
    },
    listRuns: (query) => listRuns(deps, query),
    openRuns: async () => (await listRuns(deps, allOpen)).runs,
    async getRun(runId) {
      return documentOf(deps, await knownRun(deps, runId));
    },
    watchRun: (runId, afterSeq, signal) => watch(deps, runId, afterSeq, signal),
    pauseRun: (runId, reason, actor) => say(runId, 'pause', actor, () => ({ type: 'paused', actor, reason })),
    resumeRun: (runId, actor) => say(runId, 'resume', actor, () => ({ type: 'resumed', actor })),
    abortRun: (runId, reason, actor) =>
      say(runId, 'abort', actor, (lane) =>
        lane.isActive
          ? { type: 'abort-started', actor, reason }
          : { type: 'run-ended', state: 'aborted', reason: `${reason === '' ? '' : `${reason}; `}it was never started` },
      ),
    rollbackRun: (runId, reason, actor) => say(runId, 'rollback', actor, () => ({ type: 'rollback-started', actor, reason })),
    async retryStep(runId, step, actor) {
      let attempt = 0;
      await say(
        runId,
        'retry',
        actor,
        (lane) => {
          const resolved = resolution(lane, step, 'retry', actor, '');
          attempt = resolved.attempt + 1;
          return resolved;
        },
        step,
      );
      return { attempt };
    },
    resolveStep: (runId, step, as, reason, actor) =>
      say(runId, 'resolve', actor, (lane) => [resolution(lane, step, as, actor, reason), ...putBackByHand(lane, step, as)], step),
    async getReport(runId) {
      const lane = await knownRun(deps, runId);
      const chain = (await deps.store.verifyChains()).find((each) => each.chain === runId) ?? null;
      return reportDocument({ record: lane.record, status: lane.status, timeline: lane.timeline, chain, nowMs: deps.clock.wallMs() });
    },
  };
}

/** FailureError(not-found, `unknown-run`). */
async function knownRun({ sequencer, store }: RunUseCaseDeps, runId: string): Promise<Lane> {
  const lane = await sequencer.lane(runId);
  if (lane !== null) return lane;
  const plan = await store.plan(runId);
  const what = plan === null ? '; drydock run list shows all' : `: ${runId} is a plan; ${planRun(plan.runId)}`;
  throw fail('not-found', 'unknown-run', `there is no run ${runId}${what}`);
}

const planRun = (runId: string | null): string => (runId === null ? 'it has no run before it is approved' : `its run is ${runId}`);

async function command(
  deps: RunUseCaseDeps,
  runId: string,
  verb: Verb,
  actor: string,
  events: (lane: Lane) => RunEvent | readonly RunEvent[],
  step: string | null,
): Promise<void> {
  const lane = await knownRun(deps, runId);
  await lane.inTurn(async () => {
    if (step !== null && findStep(lane.status, step) === null) {
      throw fail('not-found', 'unknown-step', `run ${runId} has begun no step ${step}; see drydock status ${runId}`);
    }
    if (verb === 'rollback') refuseRollback(lane);
    if (!isLegal(lane.record.plan, lane.status, verb, step)) throw await illegal(deps, lane, verb, step);
    await lane.advance({ events: [events(lane)].flat(), actor });
  });
}

async function illegal(deps: RunUseCaseDeps, lane: Lane, verb: Verb, step: string | null): Promise<FailureError> {
  const { status, runId, record } = lane;
  const now = runStateText(await documentOf(deps, lane)).toLowerCase();
  const legal = legalCommands(record.plan, status).map((each) => commandText(each, runId, record.planId));
  const what = step === null ? verb : `${verb} of ${step}`;
  return fail('refused', 'illegal-command', `${what} is not possible: run ${runId} is ${now}; possible now: ${legal.join(', ')}`);
}

/** Says why where it is not for the state of the run that it cannot go back (P11). */
function refuseRollback({ record, status, runId, timeline }: Lane): void {
  if (status.state === 'active' && status.way === 'back') {
    const why = status.rollback === null || status.rollback.reason === '' ? '' : `: ${status.rollback.reason}`;
    throw fail('refused', 'going-back', `run ${runId} is going back already, since ${isoOf(timeline.rollbackAtMs)}${why}`);
  }
  const none = isForward(status) ? noWayBack(record.plan, status) : null;
  if (none !== null) throw fail('refused', none.code, `run ${runId} cannot go back${none.why}`);
}

function resolution(
  lane: Lane,
  step: string,
  as: 'done' | 'failed' | 'retry',
  actor: string,
  reason: string,
): Extract<RunEvent, { type: 'step-resolved' }> {
  const at = findStep(lane.status, step);
  if (at === null) throw fail('not-found', 'unknown-step', `run ${lane.runId} has begun no step ${step}`);
  return { type: 'step-resolved', turn: at.turn, step, attempt: at.status.attempt, as, actor, reason };
}

/** Whoever says that a setting was put back says that nothing of it is left (P19). */
function putBackByHand({ record, status }: Lane, step: string, as: 'done' | 'failed'): readonly RunEvent[] {
  const body = stepPlace(record.plan, step)?.step.body;
  const instance = findStep(status, step)?.status.instance;
  if (as !== 'done' || body?.kind !== 'unset' || instance === undefined) return [];
  const isOpen = status.effects.some((effect) => effect.instance === instance && effect.key === body.key);
  return isOpen ? [{ type: 'effect-closed', instance, key: body.key }] : [];
}

async function start(deps: RunUseCaseDeps, planId: string, actor: string): Promise<string> {
  const { store, sequencer } = deps;
  const record = await knownPlan(store, planId);
  const behind = sequencer.refusal(record.plan.cluster);
  if (behind !== null) throw new FailureError(behind);
  const lane = record.runId === null ? null : await knownRun(deps, record.runId);
  if (lane === null || lane.status.state === 'draft')
    throw fail('refused', 'not-approved', `plan ${planId} is not approved; drydock approve ${planId}`);
  if (lane.status.state !== 'approved')
    throw fail(
      'refused',
      'already-started',
      `plan ${planId} was started before: run ${lane.runId} is ${runStateText(await documentOf(deps, lane)).toLowerCase()}`,
    );
  const [other] = await store.listRuns({ ...newestRow, cluster: record.plan.cluster, states: ['active'] });
  if (other !== undefined) {
    throw fail(
      'refused',
      'conflicting-run',
      `${record.plan.cluster} is in run ${other.runId} already; wait for it, or drydock abort ${other.runId}`,
    );
  }
  if (!(await store.clusters()).some(({ cluster }) => cluster === record.plan.cluster))
    throw fail('refused', 'not-adopted', `${record.plan.cluster} is not adopted any more: adopt it, then plan again`);
  await refuseOtherRules(deps, lane);
  const moved = await refuseChangedFacts(deps, lane);
  await refuseParted(deps, lane);
  const { plan, madeAtMs } = lane.record;
  if (plan.goal.release !== undefined && plan.direction === 'upgrade') await refuseAgain(deps.store, plan.cluster, plan.hops, madeAtMs);
  await lane.inTurn(async () => {
    if (!isLegal(record.plan, lane.status, 'run')) throw await illegal(deps, lane, 'run', null);
    // An epoch for each run: a copy of this store that was made before it knows of no order that follows.
    const { epoch, writer } = await store.claimEpoch(record.plan.cluster, deps.writer, deps.clock.wallMs());
    await lane.advance({
      events: [
        { type: 'run-started', actor, ...(moved.length === 0 ? {} : { moved }) },
        { type: 'epoch-claimed', epoch, writer },
      ],
      actor,
    });
  });
  return lane.runId;
}

/**
 * The approval stays; what is not there any more as it was planned needs another plan. Roles may move as long as the plan says the truth all
 * the same: those that did are returned.
 */
async function refuseChangedFacts({ fleet, procedures }: RunUseCaseDeps, lane: Lane): Promise<readonly MovedRole[]> {
  const { plan, planId } = lane.record;
  const heard = await fleet.view(plan.cluster);
  const looked = await lookAt(
    fleet,
    heard.nodes.map((node) => node.instance),
    procedures.get(plan.engine)?.preflightChecks ?? [],
  );
  const view = viewWith(heard, looked);
  const broken = brokenByMove({ plan, status: lane.status, view }, procedures.get(plan.engine)?.leaderRole ?? '');
  const changed = [...changedFacts(plan, view), ...(broken === null ? [] : [broken])];
  if (changed.length > 0) {
    throw fail('refused', 'facts-changed', `plan ${planId} does not fit any more: ${changed.join('; ')}; plan again: ${planAgain(plan)}`);
  }
  return movedRoles(plan, view);
}

/** Another restore may have gone back further since this one was approved. Throws FailureError(refused, `other-history`). */
async function refuseParted({ store }: RunUseCaseDeps, { record }: Lane): Promise<void> {
  const { restore } = record.plan.goal;
  if (restore?.scope !== 'node') return;
  for (const { instance, snapshot } of restore.snapshots)
    await refuseOtherHistory(store, record.plan.cluster, instance, runOfSnapshot(snapshot));
}

async function documentOf(deps: RunUseCaseDeps, lane: Lane): Promise<RunDocument> {
  const { plan } = lane.record;
  const procedure = deps.procedures.get(plan.engine);
  assert(procedure !== undefined, `no procedure for the engine of run ${lane.runId}`);
  return runDocument({
    record: lane.record,
    status: lane.status,
    cursor: lane.cursor,
    timeline: lane.timeline,
    admissions: await deps.store.admissions(lane.runId),
    nextLookAtMs: lane.nextLookAtMs(),
    view: await deps.fleet.view(plan.cluster),
    procedure,
    trouble: deps.store.trouble(),
    progress: deps.sequencer.watchers.progress(lane.runId),
    nowMs: deps.clock.wallMs(),
    liveState: (orderId) => deps.sequencer.liveState(orderId),
  });
}

/** Those under way say how they stand; of all others the row of the list says everything. */
async function listRuns(deps: RunUseCaseDeps, query: ListQuery): Promise<RunPage> {
  const { store } = deps;
  const trouble = store.trouble();
  const { rows, nextAfter } = await pageOf(query, (longer) => store.listRuns(longer));
  const runs = await Promise.all(
    rows.map(async (row) => {
      const { runId, planId, cluster, engine, from, to, state, endReason, plannedBy } = row;
      const active = state === 'active';
      return {
        ...{ run: runId, plan: planId, cluster, engine, what: goalWords(row), from, to, state, endReason, plannedBy },
        shown: active ? runStateText(await documentOf(deps, await knownRun(deps, runId))) : shouted(state),
        holds: row.holds + (active && trouble !== null ? 1 : 0),
        startedAt: isoOf(row.startedAtMs),
        endedAt: isoOf(row.endedAtMs),
      };
    }),
  );
  return { runs: { apiVersion: 'drydock/v1', runs, holds: trouble === null ? [] : [storeHold(trouble)] }, nextAfter };
}

async function* watch(deps: RunUseCaseDeps, runId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<RunSeen> {
  const { store, sequencer } = deps;
  const { watchers } = sequencer;
  let seq = afterSeq;
  let progress: StepProgress | null = null;
  let lane = await knownRun(deps, runId);
  for (;;) {
    const seen = watchers.version(runId);
    for (;;) {
      const events = (await store.events(runId, seq, 100)) as readonly StoredEvent<RunEvent>[];
      for (const event of events) yield { event };
      seq = events.at(-1)?.seq ?? seq;
      if (events.length < 100) break;
    }
    yield { status: await documentOf(deps, lane) };
    if (isOver(lane.status) || signal.aborted) return;
    const newest = watchers.progress(runId);
    if (newest !== null && newest !== progress) yield { progress: newest };
    progress = newest;
    await watchers.beyond(runId, seen, signal);
    if (signal.aborted) return;
    // A lane that was read again after a fault is another object.
    lane = await knownRun(deps, runId);
  }
}
