/** One run as operations find it: its actor, its document, and what refuses a word to it. */
import assert from 'node:assert/strict';
import type { Clock } from '../../common/clock.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { FailureError, fail } from '../../common/failure.ts';
import type { MovedRole, Plan } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { probeNodes, viewWith } from '../fleet/pending-probes.ts';
import { refuseAgain, refuseOtherHistory } from '../planner/evidence.ts';
import { changedFacts } from '../planner/path-drift.ts';
import { repeatedSteps } from '../planner/plan-gaps.ts';
import { planAgain } from '../planner/plan-text.ts';
import { movedRoles } from '../planner/succession.ts';
import { brokenByMove } from '../sequencer/decide/roles.ts';
import type { RunActor } from '../sequencer/run-actor.ts';
import { refuseOtherRules, type Sequencer } from '../sequencer/sequencer.ts';
import { newestRow, startedStates } from '../store/run-lists.ts';
import type { Store } from '../store/store.ts';
import { commandTexts, isLegal, legalCommands, type Verb } from '../views/legal-commands.ts';
import { runDocument } from '../views/run-document.ts';
import { removedText } from './retention.ts';
import { knownPlan } from './stored-plans.ts';

export interface RunUseCaseDeps {
  readonly sequencer: Sequencer;
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly writer: string;
  readonly procedures: ReadonlyMap<string, Procedure>;
}

/** FailureError(not-found): `unknown-run`, `run-removed`. */
export async function knownRun({ sequencer, store }: RunUseCaseDeps, runId: string): Promise<RunActor> {
  const runActor = await sequencer.runActor(runId);
  if (runActor !== null) return runActor;
  const removed = await store.retention.removed('run', runId);
  if (removed !== null) throw fail('not-found', 'run-removed', removedText(runId, removed));
  const plan = await store.plan(runId);
  const what = plan === null ? '; drydock run list shows all' : `: ${runId} is a plan; ${planRun(plan.runId)}`;
  throw fail('not-found', 'unknown-run', `run ${runId} not found${what}`);
}

const planRun = (runId: string | null): string => (runId === null ? 'it has no run until it is approved' : `its run is ${runId}`);

export async function documentOf(deps: RunUseCaseDeps, runActor: RunActor): Promise<RunDocument> {
  const { plan } = runActor.record;
  const procedure = deps.procedures.get(plan.engine);
  assert(procedure !== undefined, `run ${runActor.runId}: its engine is not supported by this controller`);
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
  const sentence = `${cluster} is already in run ${runId}, which is ${stateText(state)}; ${advice}`;
  throw fail('refused', 'conflicting-run', sentence);
}

// Ids that people shorten: whatever a request names by the beginning of its id, is the one run or plan that begins so. The number of a run is enough
// (`r-12` of `r-12-4f0c9a3b7d`), however many others begin with it.

type Kind = 'run' | 'plan';

/** Members of requests that hold an id, by what it is of. */
const kinds: Readonly<Record<string, Kind>> = {
  runId: 'run',
  restoreRun: 'run',
  chain: 'run',
  planId: 'plan',
  planA: 'plan',
  planB: 'plan',
};

const mostCandidates = 8;

/** The request with whole ids; what begins no id stays as it is, for the use case to say so. FailureError(usage, `ambiguous-id`). */
export async function withWholeIds<Asked extends object>(store: Store, asked: Asked): Promise<Asked> {
  const whole: Record<string, string> = {};
  for (const [member, value] of Object.entries(asked)) {
    const kind = kinds[member];
    if (kind !== undefined && typeof value === 'string' && value !== '') whole[member] = await wholeId(store, kind, value);
  }
  return { ...asked, ...whole };
}

async function wholeId(store: Store, kind: Kind, text: string): Promise<string> {
  const named = await store.idsFrom(kind, `${text}-`, 2);
  if (named.length === 1 && named[0] !== undefined) return named[0];
  const begun = await store.idsFrom(kind, text, mostCandidates + 1);
  if (begun.length === 0 || begun.includes(text)) return text;
  if (begun.length === 1 && begun[0] !== undefined) return begun[0];
  throw ambiguous(kind, text, begun);
}

/** Also said of the ids of other things, in the same words. */
export function ambiguous(what: string, text: string, candidates: readonly string[]): Error {
  const listed = candidates.slice(0, mostCandidates).join(', ');
  const more = candidates.length > mostCandidates ? ' and more' : '';
  return fail('usage', 'ambiguous-id', `${text} matches several ${what}s: ${listed}${more}; give a longer prefix`);
}

// The start of an approved plan: what was approved must still be there, and its cluster free.

export async function startRun(deps: RunUseCaseDeps, planId: string, actor: string): Promise<string> {
  const { store, sequencer } = deps;
  const record = await knownPlan(store, planId);
  const behind = sequencer.refusal(record.plan.cluster);
  if (behind !== null) throw new FailureError(behind);
  const runActor = record.runId === null ? null : await knownRun(deps, record.runId);
  if (runActor === null || runActor.status.state === 'draft')
    throw fail('refused', 'not-approved', `plan ${planId} is not approved; approve it: drydock approve ${planId}`);
  if (runActor.status.state !== 'approved')
    throw fail(
      'refused',
      'already-started',
      `plan ${planId} was already started: run ${runActor.runId} is ${runStateText(await documentOf(deps, runActor))}`,
    );
  // One that rests leaves the cluster to restarts and repairs, and to no other upgrade.
  const conflicting = record.plan.goal.release === undefined ? ['active'] : startedStates;
  await refuseConflict(store, record.plan.cluster, conflicting);
  if ((await store.cluster(record.plan.cluster)) === null)
    throw fail('refused', 'not-adopted', `${record.plan.cluster} is no longer adopted: adopt it, then plan again`);
  refuseRepeatedSteps(record.plan);
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
    procedures.get(plan.engine)?.probes.answerMs,
  );
  const view = viewWith(heard, probed);
  const broken = brokenByMove({ plan, status: runActor.status, view }, procedures.get(plan.engine)?.leaderRole ?? '');
  const changed = [...changedFacts(plan, view), ...(broken === null ? [] : [broken])];
  if (changed.length > 0) {
    throw fail('refused', 'facts-changed', `plan ${planId} is out of date: ${changed.join('; ')}; plan again: ${planAgain(plan)}`);
  }
  return movedRoles(plan, view);
}

/** Of a plan that another release made. Throws FailureError(refused, `step-repeated`). */
function refuseRepeatedSteps(plan: Plan): void {
  const [first] = repeatedSteps(plan);
  if (first !== undefined) throw new FailureError(first);
}

/** Another restore may have gone back further since this one was approved. Throws FailureError(refused, `other-history`). */
async function refuseParted({ store }: RunUseCaseDeps, { record }: RunActor): Promise<void> {
  const { restore } = record.plan.goal;
  if (restore?.scope !== 'node') return;
  for (const { instance } of restore.snapshots) await refuseOtherHistory(store, record.plan.cluster, instance, restore.run);
}
