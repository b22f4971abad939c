/** 12.B7: what would make a stop long is seen before it, and what a stop that is long waits for is seen while no SQL is answered. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';

const soon = { timeout: 20_000, interval: 50 };

let cluster: TestCluster;
let primary: TestServer;
const clients: pg.Client[] = [];

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4']);
  const [first, second] = cluster.servers;
  if (first === undefined || second === undefined) throw new RangeError('two servers were asked for');
  primary = first;
  primary.start();
  await isOk('in-service');
  await sql(`ALTER SYSTEM SET archive_mode = on`);
  await sql(`ALTER SYSTEM SET archive_command = 'true'`);
  await sql(`ALTER SYSTEM SET wal_level = logical`);
  await primary.stop();
  primary.start();
  second.start();
  await isOk('member-in-service', 'pg-2');
});

afterAll(async () => {
  for (const client of clients) await client.end().catch(() => {});
  await cluster?.remove();
});

const ask = (check: string, expected?: string) =>
  driver.check(primary.context(), { check, ...(expected === undefined ? {} : { expect: expected }) });

async function isOk(check: string, expected?: string): Promise<void> {
  await vi.waitFor(async () => expect(await ask(check, expected)).toMatchObject({ check, ok: true }), soon);
}

async function session(name: string): Promise<pg.Client> {
  const { host, port, user, database, passwordFile } = primary.member.connection;
  const [password = ''] = (await readFile(passwordFile, 'utf8')).split('\n');
  const client = new pg.Client({ host, port, user, database, password, application_name: name });
  client.on('error', () => {});
  await client.connect();
  clients.push(client);
  return client;
}

async function sql(text: string): Promise<void> {
  const client = await session('by hand');
  await client.query(text).finally(() => client.end());
}

async function archiveBy(command: string): Promise<void> {
  await sql(`ALTER SYSTEM SET archive_command = '${command}'`);
  await sql('SELECT pg_reload_conf()');
}

describe('12.B7: before a stop', () => {
  it('nothing is in the way of one that can be short', async () => {
    for (const check of ['archiver-keeps-up', 'no-long-transactions', 'receivers-keep-up', 'no-backup-running', 'logical-slots-kept'])
      expect(await ask(check)).toMatchObject({ check, ok: true });
  });

  it('a transaction that is open for longer than allowed is named, with what ends it', async () => {
    const client = await session('report');
    await client.query('BEGIN');
    await client.query('SELECT 1');
    expect(await ask('no-long-transactions')).toMatchObject({ ok: true });
    await vi.waitFor(
      async () =>
        expect(await ask('no-long-transactions', '0.2')).toMatchObject({
          ok: false,
          detail: expect.stringMatching(
            /^report of user \S+ \(idle in transaction\) has a transaction open for .*pg_terminate_backend\(\d+\)/,
          ),
        }),
      soon,
    );
    await client.query('COMMIT');
    expect(await ask('no-long-transactions', '0.2')).toMatchObject({ ok: true });
  });

  it('a backup that a tool holds open by SQL is seen as one that pg_basebackup takes', async () => {
    const client = await session('pgbackrest');
    await client.query(`SELECT pg_backup_start('nightly', true)`);
    expect(await ask('no-backup-running')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('is taking a backup'),
    });
    await client.query('SELECT pg_backup_stop()');
    await client.end();
    await isOk('no-backup-running');
  });

  it('12.B6: a logical slot that no standby keeps a copy of is named', async () => {
    await sql(`SELECT pg_create_logical_replication_slot('cdc', 'pgoutput')`);
    expect(await ask('logical-slots-kept')).toMatchObject({
      ok: false,
      detail: expect.stringContaining('cdc would be lost in a switchover'),
    });
    await sql(`SELECT pg_drop_replication_slot('cdc')`);
    expect(await ask('logical-slots-kept')).toMatchObject({ ok: true });
  });

  it('what a stop would archive is archived beforehand, which shows whether it can be', async () => {
    await archiveBy('false');
    await driver.quiesce(primary.context());
    expect(await ask('archiver-keeps-up')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/its archiver fails: the last file that it could not archive is 0000\w+/),
    });
    await archiveBy('true');
    await driver.quiesce(primary.context());
    expect(await ask('archiver-keeps-up')).toMatchObject({ ok: true, detail: '0 files wait for its archiver' });
  });

  it('a command that hangs is found out before the stop, by the file that it has not archived', async () => {
    await archiveBy('sleep 600');
    await driver.quiesce(primary.context());
    expect(await ask('archiver-keeps-up')).toMatchObject({
      ok: false,
      detail: expect.stringMatching(/^its archiver has not archived 0000\w+ for \d+ s; a stop would wait for it/),
    });
  }, 60_000);
});

describe('12.B7: while it shuts down', () => {
  it('says nothing of a server that does not', async () => {
    expect(await driver.shutdownWaitsFor?.(primary.context())).toBeNull();
  });

  it('names the command that its archiver waits for and for how long, and finds nothing more to prepare', async () => {
    primary.signal('SIGINT');
    await vi.waitFor(
      async () =>
        expect(await driver.shutdownWaitsFor?.(primary.context())).toMatch(
          /^the server waits for its archiver \(archiving 0000\w+\): `sleep 600` has run for \S+ (s|min)/,
        ),
      soon,
    );
    await driver.quiesce(primary.context());
    expect(await readFile(join(primary.member.dataDir, 'postmaster.pid'), 'utf8')).toContain('stopping');
  }, 60_000);
});
