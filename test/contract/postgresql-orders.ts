/** What orders ask of the PostgreSQL driver. Outcomes are read from the servers and their files. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../../common/canonical-json.ts';
import type { DriverConfig, DriverSettings } from '../../common/driver.ts';
import type { ConfigRevision } from '../../common/orders.ts';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import type { TestServer } from '../e2e/postgresql-servers.ts';
import { act, dropping, exists, fileOf, repointTo, sql } from '../e2e/postgresql-verbs.ts';
import { column, handoverOrders } from './postgresql-handover.ts';
import type { PostgresStage } from './postgresql-live.ts';
import { snapshotOrder } from './snapshot-order.ts';
import type { Order } from './subject.ts';

const settings = driver.settings as DriverSettings;
const config = driver.config as DriverConfig;
const slot = 'drydock_contract';

async function alter(server: TestServer, change: string): Promise<void> {
  await sql(server, `ALTER SYSTEM ${change}`);
  await sql(server, 'SELECT pg_reload_conf()');
}

const slotsOf = (server: TestServer) => column(server, "SELECT coalesce(json_agg(slot_name), '[]') FROM pg_replication_slots");
const dropOf = (server: TestServer) =>
  sql(server, `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = '${slot}'`);
const forgetNotes = (server: TestServer) => rm(fileOf(server, 'drydock.effects'), { force: true });

/** Both ways of a setting: what it is set to, how it is taken away by hand, and where its value is read. */
function settingOrders(
  key: string,
  value: string,
  clear: (server: TestServer) => Promise<unknown>,
  read: (server: TestServer) => Promise<unknown>,
) {
  const effect = { key, prior: null, set: value };
  const outcomeOf = (server: TestServer) => async () => ({
    value: await read(server),
    noted: await exists(fileOf(server, 'drydock.effects')),
  });
  const cleared = async (server: TestServer) => {
    await clear(server);
    await forgetNotes(server);
  };
  const both: readonly Order<PostgresStage>[] = [
    {
      title: `set ${key}`,
      on: ({ primary, members }) => ({
        member: members[0],
        prepare: () => cleared(primary),
        give: (context) => settings.set(context, key, value),
        outcome: outcomeOf(primary),
        takeBack: () => cleared(primary),
      }),
    },
    {
      title: `unset ${key}`,
      on: ({ primary, members }) => ({
        member: members[0],
        async prepare() {
          await cleared(primary);
          await settings.set(primary.context(), key, value);
        },
        give: async (context) => (await settings.unset(context, effect)).ok,
        outcome: outcomeOf(primary),
      }),
    },
  ];
  return both;
}

/** A revision of postgresql.conf that takes effect without a restart. */
function configOrders(): readonly Order<PostgresStage>[] {
  const file = (server: TestServer) => fileOf(server, 'postgresql.conf');
  let original: string | null = null;
  let revision: ConfigRevision | null = null;
  const known = async (server: TestServer): Promise<ConfigRevision> => {
    original ??= await readFile(file(server), 'utf8');
    const changes = [{ op: 'set', key: 'work_mem', value: '8MB' }] as const;
    revision ??= { changes, ...(await config.preview(server.context(), changes)) };
    const { fromDigest, toDigest } = revision;
    return { changes, fromDigest, toDigest };
  };
  const undone = async (server: TestServer) => {
    await known(server);
    await writeFile(file(server), original ?? '');
    await config.forget(server.context());
    await sql(server, 'SELECT pg_reload_conf()');
  };
  const outcomeOf = (server: TestServer) => async () => ({
    file: sha256Of(await readFile(file(server), 'utf8')),
    kept: (await readdir(join(server.member.releasesDir, '.config')).catch(() => [])).sort(),
    active: await column(server, 'SHOW work_mem'),
  });
  const parts = [
    { title: 'stage a configuration', upTo: 0, give: config.stage },
    { title: 'place a configuration', upTo: 1, give: (context, change) => config.place(context, change, 'forward') },
    { title: 'reload a configuration', upTo: 2, give: async (context, change) => (await config.reload(context, change)).ok },
  ] satisfies { title: string; upTo: number; give: (...args: Parameters<DriverConfig['reload']>) => Promise<unknown> }[];
  return parts.map(({ title, upTo, give }) => ({
    title,
    on: ({ primary, members }) => ({
      member: members[0],
      async prepare() {
        await undone(primary);
        for (const before of parts.slice(0, upTo)) await before.give(primary.context(), await known(primary));
      },
      give: async (context) => give(context, await known(primary)),
      outcome: outcomeOf(primary),
      takeBack: () => undone(primary),
    }),
  }));
}

export const postgresqlOrders: readonly Order<PostgresStage>[] = [
  {
    title: 'quiesce: a checkpoint',
    on({ primary, members }) {
      let writtenTo: unknown = null;
      return {
        member: members[0],
        async prepare() {
          await sql(primary, 'CREATE TABLE IF NOT EXISTS contract (id int)');
          await sql(primary, 'INSERT INTO contract VALUES (1)');
          writtenTo = await column(primary, 'SELECT pg_current_wal_lsn()::text');
        },
        give: (context) => driver.quiesce(context),
        outcome: () => column(primary, `SELECT redo_lsn >= '${writtenTo}' FROM pg_control_checkpoint()`),
      };
    },
  },
  ...settingOrders(
    'synchronous-standby-names',
    '"pg-2"',
    (server) => alter(server, 'RESET synchronous_standby_names'),
    (server) => column(server, 'SHOW synchronous_standby_names'),
  ),
  ...settingOrders('retained-wal', slot, dropOf, slotsOf),
  {
    title: 'drop slots',
    on: ({ primary, members }) => ({
      member: members[0],
      async prepare() {
        await dropOf(primary);
        await sql(primary, `SELECT pg_create_physical_replication_slot('${slot}', true)`);
      },
      give: (context) => act(context, dropping(slot)),
      outcome: () => slotsOf(primary),
    }),
  },
  {
    title: 'repoint',
    on: ({ primary, standby, members }) => ({
      member: members[1],
      prepare: () => alter(standby, `SET primary_conninfo = 'host=127.0.0.1 port=1 user=drydock application_name=pg-2'`),
      give: (context) => act(context, repointTo(primary)),
      outcome: () => column(standby, 'SHOW primary_conninfo'),
      takeBack: () => alter(standby, 'RESET primary_conninfo'),
    }),
  },
  ...configOrders(),
  snapshotOrder(driver, {
    member: ({ members }) => members[0],
    leftOpen: async ({ primary }) => [
      await column(primary, 'SELECT count(*) FROM pg_replication_slots WHERE temporary'),
      (await driver.check(primary.context(), { check: 'no-backup-running' })).ok,
    ],
    points: 4,
  }),
  ...handoverOrders,
];
