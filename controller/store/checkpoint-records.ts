/** Checkpoints of the audit chains: the newest of each, and what of other histories a person accepted. */
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Checkpoint } from '../../common/checkpoint.ts';
import { type FleetEvent, fleetChain, runEnds } from '../../common/events.ts';
import type { Chains } from './chain.ts';
import type { ChainEnd, CheckpointStore, HistoryAccepted, SigningPace } from './checkpoint-store.ts';
import type { Tables } from './tables.ts';

export class CheckpointRecords implements CheckpointStore {
  readonly #database: Kysely<Tables>;
  readonly #chains: Chains;

  constructor(database: Kysely<Tables>, chains: Chains) {
    this.#database = database;
    this.#chains = chains;
  }

  async newest(): Promise<readonly Checkpoint[]> {
    const rows = await this.#database.selectFrom('checkpoints').selectAll().orderBy('chain').execute();
    return rows.map(checkpointOf);
  }

  async of(chain: string): Promise<Checkpoint | null> {
    const row = await this.#database.selectFrom('checkpoints').selectAll().where('chain', '=', chain).executeTakeFirst();
    return row === undefined ? null : checkpointOf(row);
  }

  async due({ nowMs, everyMs, everyEvents }: SigningPace, limit: number): Promise<readonly ChainEnd[]> {
    const rows = await this.#database
      .selectFrom('chains')
      .leftJoin('checkpoints', 'checkpoints.chain', 'chains.chain')
      .leftJoin('runs', 'runs.run_id', 'chains.chain')
      .select(['chains.chain', 'chains.seq', 'chains.head'])
      .whereRef('chains.seq', '>', sql<number>`coalesce(checkpoints.seq, 0)`)
      .where((is) =>
        is.or([
          is('checkpoints.seq', 'is', null),
          is(sql<number>`abs(${nowMs} - checkpoints.at_ms)`, '>=', everyMs),
          is(sql<number>`chains.seq - checkpoints.seq`, '>=', everyEvents),
          is('runs.state', 'in', [...runEnds]),
        ]),
      )
      .orderBy('chains.ordinal')
      .limit(limit)
      .execute();
    return rows;
  }

  async missing(): Promise<number> {
    const row = await this.#database
      .selectFrom('checkpoints')
      .select((from) => [
        from.fn.countAll<number>().as('there'),
        from.selectFrom('checkpoints').select('chains').orderBy('number', 'desc').limit(1).as('signed'),
      ])
      .executeTakeFirstOrThrow();
    return Math.max(0, (row.signed ?? 0) - row.there);
  }

  put(ends: readonly ChainEnd[], atMs: number, seal: Parameters<CheckpointStore['put']>[2]): Promise<readonly Checkpoint[]> {
    return this.#database.transaction().execute(async (trx) => {
      const { last, signed } = await trx
        .selectFrom('checkpoints')
        .select((from) => [
          from.fn.max('number').as('last'),
          from.selectFrom('checkpoints').select('chains').orderBy('number', 'desc').limit(1).as('signed'),
        ])
        .executeTakeFirstOrThrow();
      const made: Checkpoint[] = [];
      let [number, chains] = [last ?? 0, signed ?? 0];
      for (const { chain, seq, head } of ends) {
        const before = await trx.selectFrom('checkpoints').select('seq').where('chain', '=', chain).executeTakeFirst();
        if (before === undefined) chains += 1;
        number += 1;
        const checkpoint = seal({ chain, seq, head, atMs, number, chains });
        const row = rowOf(checkpoint);
        await trx
          .insertInto('checkpoints')
          .values(row)
          .onConflict((conflict) => conflict.column('chain').doUpdateSet(row))
          .execute();
        made.push(checkpoint);
      }
      return made;
    });
  }

  async found(chain: string, seq: number): Promise<{ readonly end: number | null; readonly hash: string | null }> {
    const row = await this.#database
      .selectFrom('chains')
      .leftJoin('events', (join) => join.onRef('events.chain', '=', 'chains.chain').on('events.seq', '=', seq))
      .select(['chains.seq', 'events.hash'])
      .where('chains.chain', '=', chain)
      .executeTakeFirst();
    return row === undefined ? { end: null, hash: null } : { end: row.seq, hash: row.hash };
  }

  async accepted(chain: string, seq: number, head: string): Promise<boolean> {
    const row = await this.#database
      .selectFrom('accepted_anchors')
      .select('seq')
      .where('chain', '=', chain)
      .where('seq', '=', seq)
      .where('head', '=', head)
      .executeTakeFirst();
    return row !== undefined;
  }

  accept({ anchors, checkpoints, actor, reason, atMs }: HistoryAccepted): Promise<void> {
    return this.#database.transaction().execute(async (trx) => {
      for (const { chain, seq, head } of anchors)
        await trx
          .insertInto('accepted_anchors')
          .values({ chain, seq, head })
          .onConflict((conflict) => conflict.doNothing())
          .execute();
      // The rest counts anew: what was deleted is written down in the record that stays.
      if (checkpoints.length > 0) await trx.deleteFrom('checkpoints').execute();
      this.#chains.append<FleetEvent>(fleetChain, atMs, [
        { type: 'audit-adopted', anchors: anchors.map(({ chain, seq, head }) => `${chain} ${seq} ${head}`), checkpoints, actor, reason },
      ]);
    });
  }
}

function checkpointOf({ at_ms: atMs, ...row }: Selectable<Tables['checkpoints']>): Checkpoint {
  return { ...row, atMs };
}

function rowOf({ atMs, ...checkpoint }: Checkpoint): Tables['checkpoints'] {
  return { ...checkpoint, at_ms: atMs };
}
