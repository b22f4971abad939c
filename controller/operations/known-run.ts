/** One run as operations find it: its actor, its document, and what refuses a word to it. */
import assert from 'node:assert/strict';
import type { Clock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { type FailureError, fail } from '../../common/failure.ts';
import type { Procedure } from '../../common/procedure.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { RunActor } from '../sequencer/run-actor.ts';
import type { Sequencer } from '../sequencer/sequencer.ts';
import { newestRow } from '../store/run-lists.ts';
import type { Store } from '../store/store.ts';
import { commandTexts, legalCommands, type Verb } from '../views/legal-commands.ts';
import { runDocument } from '../views/run-document.ts';

export interface RunUseCaseDeps {
  readonly sequencer: Sequencer;
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly writer: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
}

/** FailureError(not-found, `unknown-run`). */
export async function knownRun({ sequencer, store }: RunUseCaseDeps, runId: string): Promise<RunActor> {
  const runActor = await sequencer.runActor(runId);
  if (runActor !== null) return runActor;
  const plan = await store.plan(runId);
  const what = plan === null ? '; drydock run list shows all' : `: ${runId} is a plan; ${planRun(plan.runId)}`;
  throw fail('not-found', 'unknown-run', `there is no run ${runId}${what}`);
}

const planRun = (runId: string | null): string => (runId === null ? 'it has no run before it is approved' : `its run is ${runId}`);

export async function documentOf(deps: RunUseCaseDeps, runActor: RunActor): Promise<RunDocument> {
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

export async function illegal(deps: RunUseCaseDeps, runActor: RunActor, verb: Verb, step: string | null): Promise<FailureError> {
  const { status, runId, record } = runActor;
  const now = runStateText(await documentOf(deps, runActor));
  const legal = legalCommands(record.plan, status).flatMap((each) => commandTexts(each, runId, record.planId));
  const what = step === null ? verb : `${verb} of ${step}`;
  return fail('refused', 'illegal-command', `${what} is not possible: run ${runId} is ${now}; possible now: ${legal.join(', ')}`);
}

/** FailureError(refused, `conflicting-run`). */
export async function refuseConflict(store: Store, cluster: string, states: readonly string[]): Promise<void> {
  const [other] = await store.listRuns({ ...newestRow, cluster, states });
  if (other === undefined) return;
  const { runId, state } = other;
  const advice =
    state === 'active' ? `wait for it, or drydock abort ${runId}` : `drydock finalize ${runId}, or drydock rollback ${runId}, first`;
  const sentence = `${cluster} is in run ${runId} already, which is ${stateText(state)}; ${advice}`;
  throw fail('refused', 'conflicting-run', sentence);
}
