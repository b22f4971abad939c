/** What people ask of runs. Each command becomes one event, or a refusal in one sentence; what follows from it the next decision says. */
import assert from 'node:assert/strict';
import type { ReportDocument, RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { RunEvent } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import { exclusionEvents, exclusionRefusal } from '../sequencer/decide/exclusion.ts';
import { noRollback } from '../sequencer/decide/rollback-policy.ts';
import { restOf } from '../sequencer/decide/soak.ts';
import { planIndex } from '../sequencer/run/run-index.ts';
import { findStep, isEffectOf, isExcluded } from '../sequencer/run/run-status.ts';
import type { RunActor } from '../sequencer/run-actor.ts';
import { newestRow, openStates } from '../store/run-lists.ts';
import type { ListQuery } from '../store/store.ts';
import { isForward, isLegal, type Verb } from '../views/legal-commands.ts';
import { reportDocument } from '../views/report-document.ts';
import { isoOf } from '../views/run-document.ts';
import { documentOf, illegal, knownRun, type RunUseCaseDeps, refuseConflict, startRun } from './known-run.ts';
import { listRuns, type RunPage, type RunSeen, watchRun } from './run-lists.ts';

/** A cluster has one active run, and few that wait for their start. */
const allOpen: ListQuery = { ...newestRow, states: openStates, limit: 100_000 };

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
  /**
   * Leaves a node out of the rest of the run, for good. FailureError: (not-found, `unknown-node`), (refused): `excluded-already`,
   * `not-excludable`, `illegal-command`.
   */
  excludeNode(runId: string, instance: string, reason: string, actor: string): Promise<void>;
  /** Ends the rest of a run. FailureError(refused): `digest-mismatch`, `illegal-command`, `conflicting-run`. */
  finalizeRun(runId: string, word: Word): Promise<void>;
  getReport(runId: string): Promise<ReportDocument>;
}

/** What a person says to exactly this plan. */
interface Word {
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
      const started = starting.then(() => startRun(deps, planId, actor));
      starting = started.catch(() => undefined);
      return started;
    },
    listRuns: (query) => listRuns(deps, query),
    openRuns: async () => (await listRuns(deps, allOpen)).runs,
    async getRun(runId) {
      return documentOf(deps, await knownRun(deps, runId));
    },
    watchRun: (runId, afterSeq, signal) => watchRun(deps, runId, afterSeq, signal),
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
    excludeNode: (runId, instance, reason, actor) => excludeNode(deps, runId, instance, { reason, actor }),
    async getReport(runId) {
      const { record, status, timeline } = await knownRun(deps, runId);
      const nowMs = deps.clock.wallMs();
      // A chain is verified in turns with other work: the run may go on meanwhile, and the report tells what was when it was asked for.
      const [chain = null] = await deps.store.verifyChains(runId);
      return reportDocument({ record, status, timeline, chain, nowMs });
    },
  };
}

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
      throw fail('not-found', 'unknown-step', `run ${runId} has not begun a step ${step}; check drydock status ${runId}`);
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

/** FailureError(refused, `digest-mismatch`): the person was shown another plan. */
function confirmation({ status, runId, record }: RunActor, step: string, { digest, reason, actor }: Word): RunEvent {
  if (digest !== status.digest) {
    const sentence = `${step} is not confirmed: run ${runId} has a plan with digest ${status.digest}, not ${digest}; review it: drydock plan show ${record.planId}`;
    throw fail('refused', 'digest-mismatch', sentence);
  }
  const at = findStep(status, step);
  assert(at !== null, `${step} is confirmed and was not begun`);
  return { type: 'step-confirmed', turn: at.turn, step, attempt: at.status.attempt, digest, actor, reason };
}

/** Says why where it is not for the state of the run that it cannot roll back (P11). */
function refuseRollback({ record, status, runId, timeline }: RunActor): void {
  if (status.state === 'active' && status.way === 'back') {
    const why = status.rollback === null || status.rollback.reason === '' ? '' : `: ${status.rollback.reason}`;
    throw fail('refused', 'going-back', `run ${runId} is already rolling back, since ${isoOf(timeline.rollbackAtMs)}${why}`);
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
  if (at === null) throw fail('not-found', 'unknown-step', `run ${runActor.runId} has not begun a step ${step}`);
  return { type: 'step-resolved', turn: at.turn, step, attempt: at.status.attempt, as, actor, reason };
}

/** To say that a setting was restored is to say that nothing of it is left (P19). */
function restoredByHand({ record, status }: RunActor, step: string, as: 'done' | 'failed'): readonly RunEvent[] {
  const body = planIndex(record.plan).step(step)?.step.body;
  const instance = findStep(status, step)?.status.instance;
  if (as !== 'done' || body?.kind !== 'unset' || instance === undefined) return [];
  const isOpen = status.effects.some((effect) => isEffectOf(effect, instance, body.key));
  return isOpen ? [{ type: 'effect-closed', instance, key: body.key }] : [];
}

// A person takes a node out of a run: refused where what is left of the run could not do without it, and why is said in one sentence.

/** FailureError: (not-found, `unknown-node`), (refused): `excluded-already`, `not-excludable`, `illegal-command`. */
async function excludeNode(
  deps: RunUseCaseDeps,
  runId: string,
  instance: string,
  { reason, actor }: { readonly reason: string; readonly actor: string },
): Promise<void> {
  const runActor = await knownRun(deps, runId);
  await runActor.inTurn(async () => {
    const { status, record } = runActor;
    const { plan } = record;
    const node = plan.nodes.find((each) => each.instance === instance);
    const names = plan.nodes.map((each) => each.instance).join(', ');
    if (node === undefined) throw fail('not-found', 'unknown-node', `run ${runId} has no node ${instance}; its nodes are: ${names}`);
    if (!runActor.isActive) throw await illegal(deps, runActor, 'exclude', null);
    if (isExcluded(status, instance))
      throw fail('refused', 'excluded-already', `${instance} is already excluded from run ${runId}; a later plan can upgrade it`);
    const procedure = deps.procedures.get(plan.engine);
    assert(procedure !== undefined, `run ${runId}: its engine is not supported by this controller`);
    const judged = { runId, plan, status, procedure, view: await deps.fleet.view(plan.cluster) };
    const refusal = exclusionRefusal(judged, node);
    if (refusal !== null) throw fail('refused', 'not-excludable', `${instance} cannot be excluded from run ${runId} now: ${refusal}`);
    await runActor.advance({ events: exclusionEvents(judged, node, actor, reason), actor });
  });
}
