/** Hosts as their agents announced them last: what lists show of a host whose agent is away. */
import type { Kysely } from 'kysely';
import { canonicalJson } from '../../common/canonical-json.ts';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import type { Chains } from './chain.ts';
import type { HostRecord } from './store.ts';
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
