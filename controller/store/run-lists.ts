/** Lists of plans and runs, newest first, page by page: only columns that an index leads to, never the texts that grow with a run. */
import { type Kysely, type SelectQueryBuilder, sql } from 'kysely';
import type { LabelTerm } from '../../common/labels.ts';
import { upcastGoal } from '../../common/upcast.ts';
import type { ListPlace, ListQuery, PlanSummary, RunSummary } from './store.ts';
import type { Tables } from './tables.ts';

/** States of a run that has not ended. */
export const openStates = ['draft', 'approved', 'active', 'unfinalized'] as const;
/** Those of them that were started: their cluster is theirs, active or at rest. */
export const startedStates = ['active', 'unfinalized'] as const;

/** The newest row, whichever; to be narrowed. */
export const newestRow: ListQuery = {
  cluster: null,
  engine: null,
  states: null,
  version: null,
  selector: [],
  sinceMs: null,
  after: null,
  limit: 1,
};

const ofPlan = ['plans.plan_id', 'plans.goal', 'plans.direction', 'plans.from_version', 'plans.to_version', 'plans.actor'] as const;

export class RunLists {
  readonly #database: Kysely<Tables>;

  constructor(database: Kysely<Tables>) {
    this.#database = database;
  }

  async listRuns(query: ListQuery): Promise<readonly RunSummary[]> {
    let rows = this.#database
      .selectFrom('runs')
      .innerJoin('plans', 'plans.plan_id', 'runs.plan_id')
      .select(ofPlan)
      .select(['runs.run_id', 'runs.cluster', 'runs.engine', 'runs.state', 'runs.listed_at_ms', 'runs.ordinal'])
      .select(['runs.started_at_ms', 'runs.ended_at_ms', 'runs.end_reason'])
      .select('runs.holds');
    if (query.cluster !== null) rows = rows.where('runs.cluster', '=', query.cluster);
    if (query.engine !== null) rows = rows.where('runs.engine', '=', query.engine);
    if (query.states !== null) rows = rows.where('runs.state', 'in', query.states);
    if (query.version !== null) rows = rows.where('plans.to_version', '=', query.version);
    for (const term of query.selector) rows = rows.where(labelled(sql.ref('runs.cluster'), term));
    if (query.sinceMs !== null) rows = rows.where('runs.listed_at_ms', '>=', query.sinceMs);
    const found = await paged(rows, sql.ref('runs.listed_at_ms'), sql.ref('runs.ordinal'), query).execute();
    return found.map(({ started_at_ms: startedAtMs, ended_at_ms: endedAtMs, end_reason: endReason, ...row }) => ({
      ...{ ...planned(row), runId: row.run_id, startedAtMs, endedAtMs, endReason, holds: row.holds },
      place: { atMs: row.listed_at_ms, ordinal: row.ordinal },
    }));
  }

  /** Drafts are only ideas. */
  async openRunsOf(clusters: readonly string[]): Promise<ReadonlyMap<string, string>> {
    if (clusters.length === 0) return new Map();
    const rows = await this.#database
      .selectFrom('runs')
      .select(['cluster', 'run_id', 'state'])
      .where('cluster', 'in', clusters)
      .where('state', 'in', ['active', 'unfinalized', 'approved'])
      .orderBy('listed_at_ms')
      .orderBy('ordinal')
      .execute();
    // The last that is written down for a cluster stays: the newest of those that count most.
    const last = (state: string) => rows.filter((row) => row.state === state).map((row) => [row.cluster, row.run_id] as const);
    return new Map([...last('approved'), ...last('unfinalized'), ...last('active')]);
  }

  /** Ids that begin so, also of what was removed, in their order; by the index that makes them unique. */
  async idsFrom(kind: 'run' | 'plan', prefix: string, limit: number): Promise<readonly string[]> {
    // Sorts after every character that an id may have.
    const end = `${prefix}~`;
    const [table, column] = kind === 'run' ? (['runs', 'run_id'] as const) : (['plans', 'plan_id'] as const);
    const found: string[] = [];
    for (const each of [table, 'removed_runs']) {
      const rows = await sql<{ id: string }>`SELECT ${sql.ref(column)} AS id FROM ${sql.table(each)}
        WHERE ${sql.ref(column)} >= ${prefix} AND ${sql.ref(column)} < ${end} ORDER BY id LIMIT ${limit}`.execute(this.#database);
      found.push(...rows.rows.map(({ id }) => id));
    }
    return found.sort().slice(0, limit);
  }

  async listPlans(query: ListQuery): Promise<readonly PlanSummary[]> {
    const state = sql<string>`coalesce(runs.state, 'draft')`;
    let rows = this.#database
      .selectFrom('plans')
      .leftJoin('runs', 'runs.run_id', 'plans.run_id')
      .select(ofPlan)
      .select(['plans.run_id', 'plans.cluster', 'plans.engine', 'plans.digest', 'plans.made_at_ms', 'plans.ordinal'])
      .select(state.as('state'));
    if (query.cluster !== null) rows = rows.where('plans.cluster', '=', query.cluster);
    if (query.engine !== null) rows = rows.where('plans.engine', '=', query.engine);
    if (query.states !== null) rows = rows.where(state, 'in', query.states);
    if (query.version !== null) rows = rows.where('plans.to_version', '=', query.version);
    for (const term of query.selector) rows = rows.where(labelled(sql.ref('plans.cluster'), term));
    if (query.sinceMs !== null) rows = rows.where('plans.made_at_ms', '>=', query.sinceMs);
    const found = await paged(rows, sql.ref('plans.made_at_ms'), sql.ref('plans.ordinal'), query).execute();
    return found.map(({ digest, run_id: runId, made_at_ms: madeAtMs, ordinal, ...row }) => ({
      ...{ ...planned(row), runId, digest, madeAtMs },
      place: { atMs: madeAtMs, ordinal },
    }));
  }
}

type Ref = ReturnType<typeof sql.ref>;

function labelled(cluster: Ref, { key, value, not }: LabelTerm) {
  const valued = value === null ? sql`` : sql` AND label.value = ${value}`;
  const found = sql`EXISTS (SELECT 1 FROM cluster_labels AS label WHERE label.cluster = ${cluster} AND label.key = ${key}${valued})`;
  return not ? sql<boolean>`NOT ${found}` : sql<boolean>`${found}`;
}

/** From the place of the row that was shown last; rows that came meanwhile are newer, and not missed by who asks again. */
function paged<DB, TB extends keyof DB, O>(
  rows: SelectQueryBuilder<DB, TB, O>,
  atMs: Ref,
  ordinal: Ref,
  { after, limit }: { readonly after: ListPlace | null; readonly limit: number },
): SelectQueryBuilder<DB, TB, O> {
  const rest = after === null ? rows : rows.where(sql<boolean>`(${atMs}, ${ordinal}) < (${after.atMs}, ${after.ordinal})`);
  return rest.orderBy(atMs, 'desc').orderBy(ordinal, 'desc').limit(limit);
}

interface PlannedRow {
  readonly plan_id: string;
  readonly goal: string;
  readonly direction: string;
  readonly from_version: string;
  readonly to_version: string;
  readonly actor: string;
  readonly cluster: string;
  readonly engine: string;
  readonly state: string;
}

function planned({ plan_id: planId, goal, direction, from_version: from, to_version: to, actor, cluster, engine, state }: PlannedRow) {
  return {
    ...{ planId, cluster, engine, from, to, state, plannedBy: actor, goal: upcastGoal(JSON.parse(goal)) },
    direction: direction as PlanSummary['direction'],
  };
}
