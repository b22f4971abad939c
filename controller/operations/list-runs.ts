/** The list of runs, page by page: each row as its plan and its end say it, those under way as they stand now. */
import type { RunListDocument } from '../../common/documents/runs.ts';
import { runStateText, stateText } from '../../common/run-state.ts';
import { goalText } from '../planner/goal-text.ts';
import type { ListQuery } from '../store/store.ts';
import { isoOf, storeHold } from '../views/run-document.ts';
import { documentOf, knownRun, type RunUseCaseDeps } from './known-run.ts';
import { pageOf } from './list-plans.ts';

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
