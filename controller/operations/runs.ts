/** What people ask of runs. Each command becomes one event, or a refusal in one sentence; what follows from it the next decision says. */
import assert from 'node:assert/strict';
import type { Clock } from '../../common/clock.ts';
import type { ReportDocument, RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { FailureError, fail } from '../../common/failure.ts';
import type { MovedRole } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { probeNodes, viewWith } from '../fleet/probing.ts';
import { goalText, planAgain } from '../planner/goal-text.ts';
import { refuseAgain, refuseOtherHistory } from '../planner/history.ts';
import { changedFacts } from '../planner/path-drift.ts';
import { movedRoles } from '../planner/succession.ts';
import { restOf } from '../sequencer/decide/resting.ts';
import { brokenByMove } from '../sequencer/decide/roles.ts';
import { noRollback } from '../sequencer/decide/rollback-policy.ts';
import { planIndex } from '../sequencer/run/run-index.ts';
import { findStep, isEffectOf, isOver } from '../sequencer/run/run-status.ts';
import type { RunActor } from '../sequencer/run-actor.ts';
import { refuseOtherRules, type Sequencer } from '../sequencer/sequencer.ts';
import { newestRow, openStates, startedStates } from '../store/run-lists.ts';
import type { ListQuery, Store } from '../store/store.ts';
import { commandTexts, isForward, isLegal, legalCommands, type Verb } from '../views/legal-commands.ts';
import { reportDocument } from '../views/report-document.ts';
import { isoOf, runDocument, storeHold } from '../views/run-document.ts';
import type { StepProgress } from '../views/watchers.ts';
import { pageOf } from './list-plans.ts';
import { knownPlan } from './plans.ts';

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

export interface RunOperations {
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
  /** A person's word to a step that waits for one. FailureError(refused): `digest-mismatch`, `illegal-command`. */
  confirmStep(runId: string, word: Word & { readonly step: string }): Promise<void>;
  /** Ends the rest of a run. FailureError(refused): `digest-mismatch`, `illegal-command`, `conflicting-run`. */
  finalizeRun(runId: string, word: Word): Promise<void>;
  getReport(runId: string): Promise<ReportDocument>;
}

/** What a person says to exactly this plan. */
export interface Word {
  readonly digest: string;
  readonly reason: string;
  readonly actor: string;
}

export function createRunOperations(deps: RunUseCaseDeps): RunOperations {
  let starting: Promise<unknown> = Promise.resolve();
  const say = (
    runId: string,
    verb: Verb,
    actor: string,
    events: (runActor: RunActor) => RunEvent | readonly RunEvent[],
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
      say(runId, 'abort', actor, (runActor) =>
        runActor.isActive
          ? { type: 'abort-started', actor, reason }
          : { type: 'run-ended', state: 'aborted', reason: `${reason === '' ? '' : `${reason}; `}it was never started` },
      ),
    rollbackRun: (runId, reason, actor) => say(runId, 'rollback', actor, () => ({ type: 'rollback-started', actor, reason })),
    confirmStep: (runId, { step, ...word }) => say(runId, 'confirm', word.actor, (runActor) => confirmation(runActor, step, word), step),
    finalizeRun: (runId, word) =>
      say(runId, 'finalize', word.actor, (runActor) => {
        const { status, timeline, record } = runActor;
        const rest = restOf({ plan: record.plan, status, timeline });
        assert(rest !== null, `run ${runActor.runId} rests without a step that it rests for`);
        return confirmation(runActor, rest.step, word);
      }),
    async retryStep(runId, step, actor) {
      let attempt = 0;
      await say(
        runId,
        'retry',
        actor,
        (runActor) => {
          const resolved = resolution(runActor, step, 'retry', actor, '');
          attempt = resolved.attempt + 1;
          return resolved;
        },
        step,
      );
      return { attempt };
    },
    resolveStep: (runId, step, as, reason, actor) =>
      say(
        runId,
        'resolve',
        actor,
        (runActor) => [resolution(runActor, step, as, actor, reason), ...restoredByHand(runActor, step, as)],
        step,
      ),
    async getReport(runId) {
      const runActor = await knownRun(deps, runId);
      const chain = (await deps.store.verifyChains()).find((each) => each.chain === runId) ?? null;
      return reportDocument({
        record: runActor.record,
        status: runActor.status,
        timeline: runActor.timeline,
        chain,
        nowMs: deps.clock.wallMs(),
      });
    },
  };
}

/** FailureError(not-found, `unknown-run`). */
async function knownRun({ sequencer, store }: RunUseCaseDeps, runId: string): Promise<RunActor> {
  const runActor = await sequencer.runActor(runId);
  if (runActor !== null) return runActor;
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
  events: (runActor: RunActor) => RunEvent | readonly RunEvent[],
  step: string | null,
): Promise<void> {
  const runActor = await knownRun(deps, runId);
  await runActor.inTurn(async () => {
    if (step !== null && findStep(runActor.status, step) === null) {
      throw fail('not-found', 'unknown-step', `run ${runId} has begun no step ${step}; see drydock status ${runId}`);
    }
    if (verb === 'rollback') refuseRollback(runActor);
    if (!isLegal(runActor.record.plan, runActor.status, verb, step)) throw await illegal(deps, runActor, verb, step);
    const said = [events(runActor)].flat();
    await runActor.advance({ events: [...said, ...(await takenUp(deps, runActor))], actor });
  });
}

/** What ends a rest takes the cluster up again, under an epoch of its own. FailureError(refused, `conflicting-run`). */
async function takenUp({ store, writer, clock }: RunUseCaseDeps, { record, isResting }: RunActor): Promise<readonly RunEvent[]> {
  if (!isResting) return [];
  const { cluster } = record.plan;
  await refuseConflict(store, cluster, ['active']);
  const claim = await store.claimEpoch(cluster, writer, clock.wallMs());
  return [{ type: 'epoch-claimed', epoch: claim.epoch, writer: claim.writer }];
}

/** FailureError(refused, `conflicting-run`). */
async function refuseConflict(store: Store, cluster: string, states: readonly string[]): Promise<void> {
  const [other] = await store.listRuns({ ...newestRow, cluster, states });
  if (other === undefined) return;
  const { runId, state } = other;
  const advice =
    state === 'active' ? `wait for it, or drydock abort ${runId}` : `drydock finalize ${runId}, or drydock rollback ${runId}, first`;
  const sentence = `${cluster} is in run ${runId} already, which is ${stateText(state)}; ${advice}`;
  throw fail('refused', 'conflicting-run', sentence);
}

/** FailureError(refused, `digest-mismatch`): the person was shown another plan. */
function confirmation({ status, runId, record }: RunActor, step: string, { digest, reason, actor }: Word): RunEvent {
  if (digest !== status.digest) {
    const sentence = `${step} is not confirmed: run ${runId} has a plan with digest ${status.digest}, not ${digest}; read it: drydock plan show ${record.planId}`;
    throw fail('refused', 'digest-mismatch', sentence);
  }
  const at = findStep(status, step);
  assert(at !== null, `${step} is confirmed and was not begun`);
  return { type: 'step-confirmed', turn: at.turn, step, attempt: at.status.attempt, digest, actor, reason };
}

async function illegal(deps: RunUseCaseDeps, runActor: RunActor, verb: Verb, step: string | null): Promise<FailureError> {
  const { status, runId, record } = runActor;
  const now = runStateText(await documentOf(deps, runActor));
  const legal = legalCommands(record.plan, status).flatMap((each) => commandTexts(each, runId, record.planId));
  const what = step === null ? verb : `${verb} of ${step}`;
  return fail('refused', 'illegal-command', `${what} is not possible: run ${runId} is ${now}; possible now: ${legal.join(', ')}`);
}

/** Says why where it is not for the state of the run that it cannot roll back (P11). */
function refuseRollback({ record, status, runId, timeline }: RunActor): void {
  if (status.state === 'active' && status.way === 'back') {
    const why = status.rollback === null || status.rollback.reason === '' ? '' : `: ${status.rollback.reason}`;
    throw fail('refused', 'going-back', `run ${runId} is rolling back already, since ${isoOf(timeline.rollbackAtMs)}${why}`);
  }
  const none = isForward(status) ? noRollback(record.plan, status) : null;
  if (none !== null) throw fail('refused', none.code, `run ${runId} cannot roll back${none.why}`);
}

function resolution(
  runActor: RunActor,
  step: string,
  as: 'done' | 'failed' | 'retry',
  actor: string,
  reason: string,
): Extract<RunEvent, { type: 'step-resolved' }> {
  const at = findStep(runActor.status, step);
  if (at === null) throw fail('not-found', 'unknown-step', `run ${runActor.runId} has begun no step ${step}`);
  return { type: 'step-resolved', turn: at.turn, step, attempt: at.status.attempt, as, actor, reason };
}

/** Whoever says that a setting was restored says that nothing of it is left (P19). */
function restoredByHand({ record, status }: RunActor, step: string, as: 'done' | 'failed'): readonly RunEvent[] {
  const body = planIndex(record.plan).step(step)?.step.body;
  const instance = findStep(status, step)?.status.instance;
  if (as !== 'done' || body?.kind !== 'unset' || instance === undefined) return [];
  const isOpen = status.effects.some((effect) => isEffectOf(effect, instance, body.key));
  return isOpen ? [{ type: 'effect-closed', instance, key: body.key }] : [];
}

async function start(deps: RunUseCaseDeps, planId: string, actor: string): Promise<string> {
  const { store, sequencer } = deps;
  const record = await knownPlan(store, planId);
  const behind = sequencer.refusal(record.plan.cluster);
  if (behind !== null) throw new FailureError(behind);
  const runActor = record.runId === null ? null : await knownRun(deps, record.runId);
  if (runActor === null || runActor.status.state === 'draft')
    throw fail('refused', 'not-approved', `plan ${planId} is not approved; drydock approve ${planId}`);
  if (runActor.status.state !== 'approved')
    throw fail(
      'refused',
      'already-started',
      `plan ${planId} was started before: run ${runActor.runId} is ${runStateText(await documentOf(deps, runActor))}`,
    );
  // One that rests leaves the cluster to restarts and repairs, and to no other upgrade.
  const conflicting = record.plan.goal.release === undefined ? ['active'] : startedStates;
  await refuseConflict(store, record.plan.cluster, conflicting);
  if (!(await store.clusters()).some(({ cluster }) => cluster === record.plan.cluster))
    throw fail('refused', 'not-adopted', `${record.plan.cluster} is not adopted any more: adopt it, then plan again`);
  await refuseOtherRules(deps, runActor);
  const moved = await refuseChangedFacts(deps, runActor);
  await refuseParted(deps, runActor);
  const { plan, madeAtMs } = runActor.record;
  if (plan.goal.release !== undefined && plan.direction === 'upgrade') await refuseAgain(deps.store, plan.cluster, plan.hops, madeAtMs);
  await runActor.inTurn(async () => {
    if (!isLegal(record.plan, runActor.status, 'run')) throw await illegal(deps, runActor, 'run', null);
    // An epoch for each run: a copy of this store that was made before it knows of no order that follows.
    const { epoch, writer } = await store.claimEpoch(record.plan.cluster, deps.writer, deps.clock.wallMs());
    await runActor.advance({
      events: [
        { type: 'run-started', actor, ...(moved.length === 0 ? {} : { moved }) },
        { type: 'epoch-claimed', epoch, writer },
      ],
      actor,
    });
  });
  return runActor.runId;
}

/**
 * The approval stays; what is not there any more as it was planned needs another plan. Roles may move as long as the plan says the truth all
 * the same: those that did are returned.
 */
async function refuseChangedFacts({ fleet, procedures }: RunUseCaseDeps, runActor: RunActor): Promise<readonly MovedRole[]> {
  const { plan, planId } = runActor.record;
  const heard = await fleet.view(plan.cluster);
  const probed = await probeNodes(
    fleet,
    heard.nodes.map((node) => node.instance),
    procedures.get(plan.engine)?.preflightChecks ?? [],
    procedures.get(plan.engine)?.looks.answerMs,
  );
  const view = viewWith(heard, probed);
  const broken = brokenByMove({ plan, status: runActor.status, view }, procedures.get(plan.engine)?.leaderRole ?? '');
  const changed = [...changedFacts(plan, view), ...(broken === null ? [] : [broken])];
  if (changed.length > 0) {
    throw fail('refused', 'facts-changed', `plan ${planId} does not fit any more: ${changed.join('; ')}; plan again: ${planAgain(plan)}`);
  }
  return movedRoles(plan, view);
}

/** Another restore may have gone back further since this one was approved. Throws FailureError(refused, `other-history`). */
async function refuseParted({ store }: RunUseCaseDeps, { record }: RunActor): Promise<void> {
  const { restore } = record.plan.goal;
  if (restore?.scope !== 'node') return;
  for (const { instance } of restore.snapshots) await refuseOtherHistory(store, record.plan.cluster, instance, restore.run);
}

async function documentOf(deps: RunUseCaseDeps, runActor: RunActor): Promise<RunDocument> {
  const { plan } = runActor.record;
  const procedure = deps.procedures.get(plan.engine);
  assert(procedure !== undefined, `no procedure for the engine of run ${runActor.runId}`);
  return runDocument({
    record: runActor.record,
    status: runActor.status,
    cursor: runActor.cursor,
    timeline: runActor.timeline,
    admissions: await deps.store.admissions(runActor.runId),
    nextProbeAtMs: runActor.nextProbeAtMs(),
    view: await deps.fleet.view(plan.cluster),
    procedure,
    trouble: deps.store.trouble(),
    progress: deps.sequencer.watchers.progress(runActor.runId),
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
      const active = state === 'active' || state === 'unfinalized';
      const open = active ? await shownOpen(deps, runId, state) : { shown: stateText(state) };
      return {
        ...{ run: runId, plan: planId, cluster, engine, what: goalText(row), from, to, state, endReason, plannedBy },
        ...open,
        holds: row.holds + (active && trouble !== null ? 1 : 0),
        startedAt: isoOf(row.startedAtMs),
        endedAt: isoOf(row.endedAtMs),
      };
    }),
  );
  return { runs: { apiVersion: 'drydock/v1', runs, holds: trouble === null ? [] : [storeHold(trouble)] }, nextAfter };
}

/** One that cannot be read hides no other; asked for alone, it says why. */
async function shownOpen(
  deps: RunUseCaseDeps,
  runId: string,
  state: string,
): Promise<{ readonly shown: string; readonly restUntil?: string }> {
  const runActor = await knownRun(deps, runId).catch(() => null);
  if (runActor === null) return { shown: `${stateText(state)}, cannot be read` };
  const document = await documentOf(deps, runActor);
  const until = document.rest?.until ?? null;
  return { shown: runStateText(document), ...(until === null ? {} : { restUntil: until }) };
}

async function* watch(deps: RunUseCaseDeps, runId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<RunSeen> {
  const { store, sequencer } = deps;
  const { watchers } = sequencer;
  let seq = afterSeq;
  let progress: StepProgress | null = null;
  let runActor = await knownRun(deps, runId);
  for (;;) {
    const seen = watchers.version(runId);
    for (;;) {
      const events = (await store.events(runId, seq, 100)) as readonly StoredEvent<RunEvent>[];
      for (const event of events) yield { event };
      seq = events.at(-1)?.seq ?? seq;
      if (events.length < 100) break;
    }
    yield { status: await documentOf(deps, runActor) };
    if (isOver(runActor.status) || signal.aborted) return;
    const newest = watchers.progress(runId);
    if (newest !== null && newest !== progress) yield { progress: newest };
    progress = newest;
    await watchers.beyond(runId, seen, signal);
    if (signal.aborted) return;
    // An actor that was read again after a fault is another object.
    runActor = await knownRun(deps, runId);
  }
}
