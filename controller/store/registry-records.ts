/** Small registries: hosts as their agents announced them, what the fleet did without this store, imported rule packs. */
import type { Kysely, Selectable, Transaction } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import type { Giver, Receipt } from '../../common/orders.ts';
import type { Chains } from './chain.ts';
import type { FleetRecords } from './fleet-records.ts';
import type { Adoption, EpochClaim, HostRecord, RulePackRecord, Store } from './store.ts';
import type { Tables } from './tables.ts';

/** SQLite takes so many values in one statement and more; a fleet is written in a few of them. */
const rowsAtOnce = 200;

export class HostRecords {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  rememberHosts(records: readonly HostRecord[]): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      for (let from = 0; from < records.length; from += rowsAtOnce) {
        const rows = records.slice(from, from + rowsAtOnce).map(({ host, lastSeenAtMs, ...seen }) => ({
          ...{ host, seen: canonicalJson(seen) },
          last_seen_at_ms: Math.round(lastSeenAtMs),
        }));
        await trx
          .insertInto('hosts')
          .values(rows)
          .onConflict((conflict) =>
            conflict
              .column('host')
              .doUpdateSet((is) => ({ seen: is.ref('excluded.seen'), last_seen_at_ms: is.ref('excluded.last_seen_at_ms') })),
          )
          .execute();
      }
    });
  }

  async hosts(): Promise<readonly HostRecord[]> {
    const rows = await this.#database.selectFrom('hosts').selectAll().orderBy('host').execute();
    return rows.map(({ host, seen, last_seen_at_ms: lastSeenAtMs }) => ({
      ...(JSON.parse(seen) as Omit<HostRecord, 'host' | 'lastSeenAtMs'>),
      host,
      lastSeenAtMs,
    }));
  }

  forgetHost(host: string, instances: readonly string[], atMs: number, actor: string, reason: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      await trx.deleteFrom('hosts').where('host', '=', host).execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'host-forgotten', host, instances, actor, reason }]);
    });
  }
}

// What the fleet did without this store: fences and orders of other stores, as agents hold them.

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

// Imported rule packs and which of them are active. Every import and every choice stands in the fleet chain, too.

export class RuleRecords {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  importRulePack(record: RulePackRecord): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      const { engine, version, digest, actor, importedAtMs } = record;
      if (!(await isKnown(trx, engine, digest))) {
        await trx.insertInto('rule_packs').values(rowOf(record)).execute();
        this.#chains.append<FleetEvent>(fleetChain, importedAtMs, [{ type: 'rules-imported', engine, version, digest, actor }]);
      }
      await this.#choose(trx, engine, digest, importedAtMs, actor);
    });
  }

  chooseRulePack(engine: string, digest: string | null, atMs: number, actor: string): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      if (digest !== null && !(await isKnown(trx, engine, digest)))
        throw fail('not-found', 'unknown-pack', `no pack ${digest} of ${engine} was imported; drydock rules list ${engine} shows all`);
      await this.#choose(trx, engine, digest, atMs, actor);
    });
  }

  async #choose(trx: Transaction<Tables>, engine: string, digest: string | null, atMs: number, actor: string): Promise<void> {
    await trx.insertInto('rule_choices').values({ engine, digest, at_ms: atMs, actor }).execute();
    this.#chains.append<FleetEvent>(fleetChain, atMs, [{ type: 'active-rules', engine, digest, actor }]);
  }

  async rulePacks(): ReturnType<Store['rulePacks']> {
    const rows = await this.#database.selectFrom('rule_packs').selectAll().orderBy('engine').orderBy('imported_at_ms').execute();
    const choices = await this.#database.selectFrom('rule_choices').select(['engine', 'digest']).orderBy('ordinal').execute();
    const active = new Map<string, string>();
    for (const { engine, digest } of choices) {
      if (digest === null) active.delete(engine);
      else active.set(engine, digest);
    }
    return { imported: rows.map(recordOf), active };
  }
}

async function isKnown(trx: Transaction<Tables>, engine: string, digest: string): Promise<boolean> {
  const query = trx.selectFrom('rule_packs').select('version').where('engine', '=', engine).where('digest', '=', digest);
  return (await query.executeTakeFirst()) !== undefined;
}

function rowOf(record: RulePackRecord): Tables['rule_packs'] {
  const { engine, digest, version, fileName, text, importedAtMs, actor } = record;
  return { engine, digest, version, file_name: fileName, text, imported_at_ms: importedAtMs, actor };
}

function recordOf(row: Selectable<Tables['rule_packs']>): RulePackRecord {
  const { engine, digest, version, text, actor } = row;
  return { engine, digest, version, fileName: row.file_name, text, importedAtMs: row.imported_at_ms, actor };
}
