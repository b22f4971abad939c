/** A run as the store has it, of this release or of an earlier one. */
import assert from 'node:assert/strict';
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { StoredEvent } from '../../common/events.ts';
import { fail, toFailure } from '../../common/failure.ts';
import { readEvents } from '../store/run-appends.ts';
import type { PlanRecord, RunPlan, RunRecord, Store } from '../store/store.ts';
import { foldRun, nextStatus } from './run/run-machine.ts';
import { foldVersion, type RunStatus } from './run/run-status.ts';
import { emptyTimeline, nextTimeline, type Timeline } from './run/timeline.ts';

interface LoadedRun {
  readonly record: RunPlan;
  readonly status: RunStatus;
  readonly cursor: number;
  readonly timeline: Timeline;
  readonly kept: KeptStatus;
}

/**
 * null: no such run. Throws FailureError(refused): `run-too-new`, `plan-too-new`, of what a later release wrote; `plan-changed`. Throws what is
 * no FailureError where the log is none that this program could have written.
 */
export async function loadRun(store: Store, runId: string): Promise<LoadedRun | null> {
  const run = await store.run(runId);
  if (run === null) return null;
  const record = await store.plan(run.planId);
  assert(record?.runId === runId, `plan ${run.planId} of run ${runId} is not in the store`);
  const events = await readEvents(store, runId);
  const status = await statusOf(store, run, events);
  checkPlan(record, status);
  const behind = run.foldVersion < foldVersion ? [] : events.slice(run.statusCursor);
  const kept = keptAfter(
    { bytes: run.statusJson.length, behindBytes: 0 },
    null,
    behind.map(({ text }) => text),
  );
  return { record: { ...record, runId }, status, cursor: run.cursor, timeline: events.reduce(nextTimeline, emptyTimeline), kept };
}

/** Status is what the events fold to. What was stored beside them by the same fold is compared: a difference is a bug. By an earlier one: made anew. */
async function statusOf(store: Store, run: RunRecord, events: readonly StoredEvent[]): Promise<RunStatus> {
  const { runId, cursor, statusCursor } = run;
  if (run.foldVersion > foldVersion)
    throw fail(
      'refused',
      'run-too-new',
      `run ${runId} was written by a newer Drydock (its status has version ${run.foldVersion}, this one supports up to ${foldVersion}): use that version for it`,
    );
  const bodies = events.map((event) => event.body);
  const atWriting = foldRun(bodies.slice(0, statusCursor));
  const status = bodies.slice(statusCursor).reduce(nextStatus, atWriting);
  if (run.foldVersion < foldVersion) {
    await cache(store, { runId, cursor, state: status.state, statusJson: JSON.stringify(status), foldVersion });
    return status;
  }
  assert(
    canonicalJson(atWriting) === canonicalJson(JSON.parse(run.statusJson)),
    `the events of run ${runId} fold to a different status than the stored one`,
  );
  return status;
}

/** The log names the digest of the plan that was approved; the plan's bytes must still have it. */
function checkPlan({ planId, json }: PlanRecord, { digest }: RunStatus): void {
  const found = sha256Of(json);
  if (found === digest) return;
  throw fail(
    'refused',
    'plan-changed',
    `plan ${planId} is not the one that was approved: it has digest ${found}, the approved one had ${digest}; restore the store from a backup`,
  );
}

/** A full disk takes nothing from who only looks: it is folded again next time. */
async function cache(store: Store, folded: Parameters<Store['refold']>[0]): Promise<void> {
  try {
    await store.refold(folded);
  } catch (thrown) {
    if (toFailure(thrown).code !== 'store-unwritable') throw thrown;
  }
}

/**
 * PURE. When the folded status is written beside the events. It grows with the nodes of a cluster and is a cache: written at each event it would be
 * most of what a run writes. It is written whenever as many bytes of events came as it has itself, so that reading a run folds no more than it reads.
 */
export interface KeptStatus {
  /** Of the status that was written last. */
  readonly bytes: number;
  /** Of the events after it. */
  readonly behindBytes: number;
}

/** Lists and other programs read the state in a column; a status of another state is written, too, so that a log of a run shows its turning points. */
export function isStatusDue({ bytes, behindBytes }: KeptStatus, stateChanged: boolean): boolean {
  return stateChanged || behindBytes >= bytes;
}

export function keptAfter(kept: KeptStatus, written: string | null, eventTexts: readonly string[]): KeptStatus {
  if (written !== null) return { bytes: written.length, behindBytes: 0 };
  return { ...kept, behindBytes: eventTexts.reduce((sum, text) => sum + text.length, kept.behindBytes) };
}
