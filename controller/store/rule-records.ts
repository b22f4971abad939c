/** Imported rule packs and which of them are active. Every import and every choice stands in the fleet chain, too. */
import type { Kysely, Selectable, Transaction } from 'kysely';
import { type FleetEvent, fleetChain } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import type { Chains } from './chain.ts';
import type { RulePackRecord, Store } from './store.ts';
import type { Tables } from './tables.ts';

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
        throw fail('not-found', 'unknown-pack', `no pack ${digest} of ${engine} was imported; drydock rules list ${engine}`);
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
