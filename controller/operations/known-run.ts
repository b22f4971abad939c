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
  return fail('usage', 'ambiguous-id', `${text} is the beginning of several ${what}s: ${listed}${more}; give more of it`);
}
