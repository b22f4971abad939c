/** The list of plans, newest first, also of those that were carried out. */
import type { PlanListDocument } from '../../common/documents/plans.ts';
import { goalText } from '../planner/goal-text.ts';
import type { ListPlace, ListQuery, PlanSummary, Store } from '../store/store.ts';

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
export async function pageOf<Row extends { readonly place: ListPlace }>(
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
