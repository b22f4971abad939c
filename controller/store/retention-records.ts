/** Removes runs that are over, with their plans, orders, receipts and admissions. What stays of each is small: see RetentionStore. */
import assert from 'node:assert';
import { type Kysely, sql } from 'kysely';
import { type FleetEvent, fleetChain, type RunEnd, runEnds } from '../../common/events.ts';
import type { Giver } from '../../common/orders.ts';
import type { Chains } from './chain.ts';
import type { EndedRun, RemovedRun, RetentionStore, RunPlace } from './retention-store.ts';
import type { Tables } from './tables.ts';

export class RetentionRecords implements RetentionStore {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  /** By the index of the list: what was begun later did not end before. */
  async ended(beforeMs: number, after: RunPlace | null, limit: number): Promise<readonly EndedRun[]> {
    let rows = this.#database
      .selectFrom('runs')
      .innerJoin('plans', 'plans.plan_id', 'runs.plan_id')
      .select(['runs.run_id', 'runs.cluster', 'runs.state', 'runs.listed_at_ms', 'runs.ordinal', 'runs.ended_at_ms'])
      .select([
        sql<number | null>`plans.json ->> '$.snapshot.keepMs'`.as('keep'),
        sql<number>`NOT EXISTS (SELECT 1 FROM runs AS other WHERE other.cluster = runs.cluster
          AND (other.listed_at_ms, other.ordinal) > (runs.listed_at_ms, runs.ordinal))`.as('newest'),
        sql<number>`EXISTS (SELECT 1 FROM orders WHERE orders.run_id = runs.run_id)
          OR EXISTS (SELECT 1 FROM admissions WHERE admissions.run_id = runs.run_id)`.as('receipts'),
      ])
      .where('runs.listed_at_ms', '<', beforeMs)
      .where('runs.state', 'in', [...runEnds]);
    if (after !== null) rows = rows.where(sql<boolean>`(runs.listed_at_ms, runs.ordinal) > (${after.atMs}, ${after.ordinal})`);
    const found = await rows.orderBy('runs.listed_at_ms').orderBy('runs.ordinal').limit(limit).execute();
    return found.map((row) => ({
      runId: row.run_id,
      cluster: row.cluster,
      state: row.state as RunEnd,
      endedAtMs: row.ended_at_ms ?? row.listed_at_ms,
      keepSnapshotsMs: row.keep,
      isNewest: row.newest === 1,
      hasReceipts: row.receipts === 1,
      place: { atMs: row.listed_at_ms, ordinal: row.ordinal },
    }));
  }

  async drafts(beforeMs: number, limit: number): Promise<readonly string[]> {
    const rows = await this.#database
      .selectFrom('plans')
      .select('plan_id')
      .where('run_id', 'is', null)
      .where('made_at_ms', '<', beforeMs)
      .orderBy('made_at_ms')
      .limit(limit)
      .execute();
    return rows.map(({ plan_id }) => plan_id);
  }

  dropReceipts(runId: string, limit: number): Promise<boolean> {
    return this.#database.transaction().execute(async (trx) => {
      const orders = await trx
        .selectFrom('orders')
        .select([
          'order_id',
          sql<string>`order_json ->> '$.cluster'`.as('cluster'),
          sql<string>`order_json ->> '$.target.host'`.as('host'),
          // Orders of 0.1 did not say who gave them: the one whose fence they carried.
          sql<number>`coalesce(order_json ->> '$.given.epoch', order_json ->> '$.epoch')`.as('epoch'),
          sql<string>`coalesce(order_json ->> '$.given.writer', order_json ->> '$.writer')`.as('writer'),
        ])
        .where('run_id', '=', runId)
        .limit(limit)
        .execute();
      for (const { cluster, host, ...given } of orders) {
        await trx.insertInto('given_orders').values(given).execute();
        await trx
          .insertInto('ordered_hosts')
          .values({ cluster, host })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
        await trx.deleteFrom('orders').where('order_id', '=', given.order_id).execute();
      }
      if (orders.length === limit) return false;
      await trx.deleteFrom('admissions').where('run_id', '=', runId).execute();
      return true;
    });
  }

  removeRun(runId: string, atMs: number): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const gone = await trx
        .deleteFrom('runs')
        .where('run_id', '=', runId)
        .where('state', 'in', [...runEnds])
        .returning(['plan_id', 'cluster', 'state', 'listed_at_ms', 'ended_at_ms'])
        .executeTakeFirst();
      assert(gone !== undefined, `run ${runId} has ended and is removed once`);
      const { plan_id, cluster, state } = gone;
      await trx.deleteFrom('plans').where('plan_id', '=', plan_id).execute();
      const ended_at_ms = gone.ended_at_ms ?? gone.listed_at_ms;
      await trx.insertInto('removed_runs').values({ run_id: runId, plan_id, cluster, state, ended_at_ms, removed_at_ms: atMs }).execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [
        { type: 'run-removed', run: runId, plan: plan_id, cluster, state: state as RunEnd, endedAtMs: ended_at_ms },
      ]);
    });
  }

  async removed(kind: 'run' | 'plan', id: string): Promise<RemovedRun | null> {
    const row = await this.#database
      .selectFrom('removed_runs')
      .selectAll()
      .where(kind === 'run' ? 'run_id' : 'plan_id', '=', id)
      .executeTakeFirst();
    if (row === undefined) return null;
    const { run_id, plan_id, cluster, state, ended_at_ms, removed_at_ms } = row;
    return { runId: run_id, planId: plan_id, cluster, state: state as RunEnd, endedAtMs: ended_at_ms, removedAtMs: removed_at_ms };
  }

  /** Whether exactly that order was given by a run whose receipts are gone. */
  async gave(orderId: string, { epoch, writer }: Giver): Promise<boolean> {
    const row = await this.#database
      .selectFrom('given_orders')
      .select('order_id')
      .where('order_id', '=', orderId)
      .where('epoch', '=', epoch)
      .where('writer', '=', writer)
      .executeTakeFirst();
    return row !== undefined;
  }

  async ordered(cluster: string, host: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('ordered_hosts')
      .select('host')
      .where('cluster', '=', cluster)
      .where('host', '=', host)
      .executeTakeFirst();
    return row !== undefined;
  }
}
