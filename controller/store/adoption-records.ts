/** What the fleet did without this store: fences and orders of other stores, as agents hold them. */
import type { Kysely } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import type { Giver, Receipt } from '../../common/orders.ts';
import type { Chains } from './chain.ts';
import type { FleetRecords } from './fleet-records.ts';
import type { Adoption, EpochClaim } from './store.ts';
import type { Tables } from './tables.ts';

export class AdoptionRecords {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;
  readonly #fleet: FleetRecords;

  constructor(database: Kysely<Tables>, chains: Chains, fleet: FleetRecords) {
    this.#database = database;
    this.#chains = chains;
    this.#fleet = fleet;
  }

  adopt({ cluster, writer, actor, reason, atMs, fences, orders, gaps }: Adoption): Promise<EpochClaim> {
    return this.#database.transaction().execute(async (trx) => {
      for (const fence of fences)
        await trx
          .insertInto('adopted_fences')
          .values({ cluster, epoch: fence.epoch, writer: fence.writer })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      for (const { order, receipt } of orders)
        await trx
          .insertInto('adopted_orders')
          .values({
            order_id: order.orderId,
            epoch: order.given.epoch,
            writer: order.given.writer,
            order_json: canonicalJson(order),
            receipt_json: receipt === null ? null : canonicalJson(receipt),
          })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [
        {
          type: 'fleet-adopted',
          cluster,
          orders: orders.map(({ order }) => order.orderId),
          gaps: gaps.map(({ detail }) => detail),
          actor,
          reason,
        },
      ]);
      const above = Math.max(
        0,
        ...fences.map(({ epoch }) => epoch),
        ...orders.map(({ order }) => Math.max(order.epoch, order.given.epoch)),
      );
      return this.#fleet.claimAbove(trx, above, cluster, writer, atMs);
    });
  }

  async hasFence({ cluster, epoch, writer }: EpochClaim): Promise<boolean> {
    const found = await this.#database
      .selectFrom('adopted_fences')
      .select('epoch')
      .where('cluster', '=', cluster)
      .where('epoch', '=', epoch)
      .where('writer', '=', writer)
      .executeTakeFirst();
    return found !== undefined;
  }

  async hasOrder(orderId: string, { epoch, writer }: Giver): Promise<boolean> {
    const found = await this.#database
      .selectFrom('adopted_orders')
      .select('order_id')
      .where('order_id', '=', orderId)
      .where('epoch', '=', epoch)
      .where('writer', '=', writer)
      .executeTakeFirst();
    return found !== undefined;
  }

  /** One order has one receipt: what is written already stays (P3). */
  async endOrder(orderId: string, given: Giver, receipt: Receipt): Promise<boolean> {
    if (!(await this.hasOrder(orderId, given))) return false;
    await this.#database
      .updateTable('adopted_orders')
      .set({ receipt_json: canonicalJson(receipt) })
      .where('order_id', '=', orderId)
      .where('epoch', '=', given.epoch)
      .where('writer', '=', given.writer)
      .where('receipt_json', 'is', null)
      .execute();
    return true;
  }
}
