/** What a switchover asks of the PostgreSQL driver, of the member that gives the role away and of the one that takes it. */
import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import { sha256Of } from '../../common/canonical-json.ts';
import type { TestServer } from '../e2e/postgresql-servers.ts';
import { act, exists, fenced, fenceTo, fileOf, follows, promotion, sql, unfence } from '../e2e/postgresql-verbs.ts';
import { soon } from './cluster.ts';
import type { PostgresStage } from './postgresql-live.ts';
import type { Order } from './subject.ts';

/** The first column of the first row. */
export async function column(server: TestServer, query: string): Promise<unknown> {
  const [row] = await sql(server, query);
  return Object.values(row ?? {})[0];
}

/** The primary is stopped; the files say whether it is fenced. */
function fenceOrders(): readonly Order<PostgresStage>[] {
  const outcomeOf = (server: TestServer) => async () => ({
    signal: await exists(fileOf(server, 'standby.signal')),
    note: await exists(fileOf(server, 'drydock.fence')),
    autoConf: sha256Of(await readFile(fileOf(server, 'postgresql.auto.conf'), 'utf8').catch(() => '')),
  });
  const takeBackOf = (server: TestServer) => async () => void (await act(server.context(), unfence));
  return [
    {
      title: 'fence',
      on: ({ primary, standby, members }) => ({
        member: members[0],
        async prepare() {
          await primary.stop();
          await act(primary.context(), unfence);
        },
        give: (context) => act(context, fenceTo(standby)),
        outcome: outcomeOf(primary),
        takeBack: takeBackOf(primary),
      }),
    },
    {
      title: 'unfence',
      on: ({ primary, standby, members }) => ({
        member: members[0],
        async prepare() {
          await primary.stop();
          await act(primary.context(), fenceTo(standby));
        },
        give: (context) => act(context, unfence),
        outcome: outcomeOf(primary),
        takeBack: takeBackOf(primary),
      }),
    },
  ];
}

/** A standby streams the end of an old timeline, too, and only what comes after shows that it went on to the new one. */
async function replayed(standby: TestServer, lsn: unknown): Promise<void> {
  const isThere = () => column(standby, `SELECT pg_last_wal_replay_lsn() >= '${lsn}'`);
  await expect.poll(isThere, soon).toBe(true);
}

/** The primary is stopped and fenced, and the other one takes over: each time the roles are exchanged. */
function promoteOrder(): Order<PostgresStage> {
  return {
    title: 'promote',
    on({ primary, standby, members }) {
      let [leads, follower] = [primary, standby];
      let token: string | null = null;
      const exchange = async () => {
        if (token === null) return;
        leads.start();
        await follows(leads, follower);
        await replayed(leads, await column(follower, 'SELECT pg_switch_wal()::text'));
        [leads, follower, token] = [follower, leads, null];
      };
      return {
        get member() {
          return follower === primary ? members[0] : members[1];
        },
        async prepare() {
          await exchange();
          await leads.stop();
          token = await fenced(leads, follower);
        },
        give: (context) => act(context, promotion(token)),
        outcome: () => column(follower, 'SELECT NOT pg_is_in_recovery()'),
        async takeBack() {
          await exchange();
          if (leads === primary) return;
          await this.prepare();
          await act(follower.context(), promotion(token));
          await exchange();
        },
      };
    },
  };
}

export const handoverOrders: readonly Order<PostgresStage>[] = [...fenceOrders(), promoteOrder()];
