/** Reading runs and plans: page by page, one in full, or followed from an event on. */

import type { PlanListDocument } from '../../common/documents/plans.ts';
import type { RunDocument, RunListDocument } from '../../common/documents/runs.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import { goalText } from '../planner/plan-text.ts';
import { isOver } from '../sequencer/run/run-status.ts';
import type { ListPlace, ListQuery, PlanSummary, Store } from '../store/store.ts';
import { isoOf, storeHold } from '../views/run-document.ts';
import type { StepProgress } from '../views/watchers.ts';
import { documentOf, knownRun, type RunUseCaseDeps } from './known-run.ts';

export interface RunPage {
  readonly runs: RunListDocument;
  /** Mark that the next page is asked for with; empty: nothing after this page. */
  readonly nextAfter: string;
}

/** Those under way say how they stand; of all others the row of the list says everything. */
export async function listRuns(deps: RunUseCaseDeps, query: ListQuery): Promise<RunPage> {
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

// The list of plans, newest first, also of those that were carried out.

export interface PlanPage {
  readonly plans: PlanListDocument;
  /** Mark that the next page is asked for with; empty: nothing after this page. */
  readonly nextAfter: string;
}

export async function listPlans(store: Store, query: ListQuery): Promise<PlanPage> {
  const { rows, nextAfter } = await pageOf(query, (longer) => store.listPlans(longer));
  return { plans: { apiVersion: 'drydock/v1', plans: rows.map(planRow) }, nextAfter };
}

/** One row more is asked for than is shown: whether there is another page is known before anybody asks for it. */
async function pageOf<Row extends { readonly place: ListPlace }>(
  query: ListQuery,
  list: (query: ListQuery) => Promise<readonly Row[]>,
): Promise<{ readonly rows: readonly Row[]; readonly nextAfter: string }> {
  const found = await list({ ...query, limit: query.limit + 1 });
  const rows = found.slice(0, query.limit);
  const last = rows.at(-1);
  if (found.length === rows.length || last === undefined) return { rows, nextAfter: '' };
  return { rows, nextAfter: `${last.place.atMs}.${last.place.ordinal}` };
}

function planRow(summary: PlanSummary): PlanListDocument['plans'][number] {
  const { planId, runId, cluster, engine, from, to, state, digest, plannedBy, madeAtMs } = summary;
  return {
    ...{ plan: planId, run: runId, cluster, engine, what: goalText(summary), from, to, state, digest },
    madeAt: new Date(madeAtMs).toISOString(),
    madeBy: plannedBy,
  };
}

// A run as it goes on: stored events from where the watcher left off, then new ones, each time with the status after them.

/** One thing that a watcher sees: exactly one of the members. */
export interface RunSeen {
  readonly event?: StoredEvent;
  readonly status?: RunDocument;
  readonly progress?: StepProgress;
}

export async function* watchRun(deps: RunUseCaseDeps, runId: string, afterSeq: number, signal: AbortSignal): AsyncGenerator<RunSeen> {
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
