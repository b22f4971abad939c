/** Plans, runs, orders and admissions. */
import assert from 'node:assert';
import { type Insertable, type Kysely, type Selectable, sql } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type FleetEvent, fleetChain, type RunEvent, type StoredEvent } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import type { Receipt } from '../../common/orders.ts';
import { upcastOrder, upcastPlan } from '../../common/upcast.ts';
import { addressOfAsker, locatedAt } from './asker.ts';
import type { Chains } from './chain.ts';
import type { RunAppends } from './run-appends.ts';
import { openStates } from './run-lists.ts';
import type { AdmissionRecord, OrderPlace, OrderRecord, PlanRecord, RunAppend, RunRecord, Store } from './store.ts';
import type { Tables } from './tables.ts';

export class RunRecords {
  readonly #database: Kysely<Tables>;
  readonly #appends: RunAppends;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, appends: RunAppends, chains: Chains) {
    this.#database = database;
    this.#appends = appends;
    this.#chains = chains;
  }

  /** Counted up whether or not the plan is stored afterwards; the token tells it from what a copy of this store counts. */
  async nextRunId(token: string): Promise<string> {
    const { last } = await this.#database
      .updateTable('run_numbers')
      .set({ last: sql<number>`last + 1` })
      .returning('last')
      .executeTakeFirstOrThrow();
    return `r-${last}-${token}`;
  }

  async addPlan(record: PlanRecord): Promise<void> {
    assert.equal(record.runId, null, 'a plan is made without a run');
    await this.#database.insertInto('plans').values(planRow(record)).execute();
  }

  async openRun(planId: string, first: RunAppend, openedAtMs: number): Promise<void> {
    assert.equal(first.events[0]?.type, 'plan-made', 'the event plan-made is the first of its run');
    const { runId: run_id, state, statusJson: status_json, foldVersion: fold_version } = first;
    assert(status_json !== null, 'a run is written with its status first');
    return this.#database.transaction().execute(async (trx) => {
      const plan = await trx
        .updateTable('plans')
        .set({ run_id })
        .where('plan_id', '=', planId)
        .where('run_id', 'is', null)
        .returning(['cluster', 'engine', 'made_from'])
        .executeTakeFirst();
      if (plan === undefined) throw notADraft(planId);
      const { made_from, ...of } = plan;
      const listed_at_ms = openedAtMs;
      await trx
        .insertInto('runs')
        .values({ run_id, plan_id: planId, ...of, state, listed_at_ms, holds: 0, status_json, fold_version, status_cursor: 0, cursor: 0 })
        .execute();
      const [made, ...more] = first.events;
      this.#appends.append({ ...first, events: [locatedAt(made as RunEvent, made_from), ...more] });
    });
  }

  discardPlan(planId: string, atMs: number, actor: string, reason: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const gone = await trx
        .deleteFrom('plans')
        .where('plan_id', '=', planId)
        .where('run_id', 'is', null)
        .returning(['cluster', 'digest'])
        .executeTakeFirst();
      if (gone === undefined) throw notADraft(planId);
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'plan-discarded', plan: planId, ...gone, actor, reason }]);
    });
  }

  async plan(planId: string): Promise<PlanRecord | null> {
    const row = await this.#database
      .selectFrom('plans')
      .select(['plan_id', 'run_id', 'json', 'digest', 'made_at_ms', 'actor'])
      .where('plan_id', '=', planId)
      .executeTakeFirst();
    if (row === undefined) return null;
    const { plan_id, run_id: runId, json, digest, made_at_ms, actor: plannedBy } = row;
    return { planId: plan_id, runId, plan: upcastPlan(JSON.parse(json), plan_id), json, digest, madeAtMs: made_at_ms, plannedBy };
  }

  append(append: RunAppend): Promise<readonly StoredEvent[]> {
    return this.#database.transaction().execute(() => Promise.resolve(this.#appends.append(append)));
  }

  async refold({ runId, cursor, state, statusJson, foldVersion }: Parameters<Store['refold']>[0]): Promise<void> {
    await this.#database
      .updateTable('runs')
      .set({ state, status_json: statusJson, fold_version: foldVersion, status_cursor: cursor })
      .where('run_id', '=', runId)
      .where('cursor', '=', cursor)
      .execute();
  }

  async run(runId: string): Promise<RunRecord | null> {
    const row = await this.#database.selectFrom('runs').selectAll().where('run_id', '=', runId).executeTakeFirst();
    return row === undefined ? null : runRecord(row);
  }

  async runs(filter: { readonly openOnly: boolean }): Promise<readonly RunRecord[]> {
    const every = this.#database.selectFrom('runs').selectAll().orderBy('ordinal', 'desc');
    const rows = await (filter.openOnly ? every.where('state', 'in', openStates) : every).execute();
    return rows.map(runRecord);
  }

  async order(orderId: string): Promise<OrderRecord | null> {
    const row = await this.#database.selectFrom('orders').selectAll().where('order_id', '=', orderId).executeTakeFirst();
    return row === undefined ? null : orderRecord(row);
  }

  async openOrders(runId: string): Promise<readonly OrderRecord[]> {
    const rows = await this.#database
      .selectFrom('orders')
      .selectAll()
      .where('run_id', '=', runId)
      .where('state', '<>', 'ended')
      .orderBy('order_id')
      .execute();
    return rows.map(orderRecord);
  }

  async orderedHost(cluster: string, host: string): Promise<boolean> {
    const found = await this.#database
      .selectFrom('orders')
      .select('order_id')
      .where(sql`order_json ->> '$.cluster'`, '=', cluster)
      .where(sql`order_json ->> '$.target.host'`, '=', host)
      .limit(1)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** Orders go eldest first, so the row numbers of those that are there go up as they are written. */
  async orderPlaces(runId: string): Promise<readonly OrderPlace[]> {
    return this.#database
      .selectFrom('orders')
      .select([
        sql<string>`order_json ->> '$.step'`.as('step'),
        sql<number>`order_json ->> '$.attempt'`.as('attempt'),
        sql<number>`rowid`.as('place'),
      ])
      .where('run_id', '=', runId)
      .orderBy('place')
      .execute();
  }

  /** The same verdict for the same reason keeps its first time; a next probe that is still to come is not news. */
  recordAdmission(record: AdmissionRecord): Promise<void> {
    const { runId: run_id, subject, verdict, reason, atMs: at_ms, nextProbeAtMs: next_probe_at_ms } = record;
    return this.#database.transaction().execute(async (trx) => {
      const before = await trx
        .selectFrom('admissions')
        .selectAll()
        .where('run_id', '=', run_id)
        .where('subject', '=', subject)
        .executeTakeFirst();
      const same = before?.verdict === verdict && before.reason === reason;
      if (same && (next_probe_at_ms === null || (before.next_probe_at_ms ?? 0) > at_ms)) return;
      const since = same ? before.at_ms : at_ms;
      const row = { run_id, subject, verdict, reason, at_ms: since, next_probe_at_ms };
      await trx
        .insertInto('admissions')
        .values(row)
        .onConflict((conflict) => conflict.columns(['run_id', 'subject']).doUpdateSet(row))
        .execute();
    });
  }

  async admissions(runId: string): Promise<readonly AdmissionRecord[]> {
    const rows = await this.#database.selectFrom('admissions').selectAll().where('run_id', '=', runId).orderBy('subject').execute();
    return rows.map(({ run_id, subject, verdict, reason, at_ms, next_probe_at_ms }) => ({
      runId: run_id,
      subject,
      verdict,
      reason,
      atMs: at_ms,
      nextProbeAtMs: next_probe_at_ms,
    }));
  }
}

function planRow({ planId, runId, plan, json, digest, madeAtMs, plannedBy }: PlanRecord): Insertable<Tables['plans']> {
  const { cluster, engine, from, to, direction, goal } = plan;
  return {
    plan_id: planId,
    run_id: runId,
    cluster,
    engine,
    from_version: from,
    to_version: to,
    direction,
    goal: canonicalJson(goal),
    digest,
    actor: plannedBy,
    made_at_ms: madeAtMs,
    json,
    made_from: addressOfAsker(plannedBy),
  };
}

function notADraft(planId: string): Error {
  return fail('refused', 'store-conflict', `plan ${planId} was approved or discarded meanwhile; check drydock plan show ${planId}`, {
    remedy: 'retry',
  });
}

function runRecord(row: Selectable<Tables['runs']>): RunRecord {
  const { run_id, plan_id, cluster, state, status_json, fold_version: foldVersion, status_cursor: statusCursor, cursor } = row;
  return { runId: run_id, planId: plan_id, cluster, state, statusJson: status_json, foldVersion, statusCursor, cursor };
}

function orderRecord(row: Selectable<Tables['orders']>): OrderRecord {
  return {
    orderId: row.order_id,
    order: upcastOrder(JSON.parse(row.order_json)),
    state: row.state,
    receipt: row.receipt_json === null ? null : (JSON.parse(row.receipt_json) as Receipt),
  };
}
