/** Programs beside the members of a cluster, under names that no member has: what takes WAL, what rolls backups, what manages the server. */
import { spawn } from 'node:child_process';
import { appendFile, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { postgresqlDriver as driver } from '../../engines/postgresql/driver.ts';
import { receiverRows, standbyRows } from '../../engines/postgresql/facts.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { factsOf, fileOf, follows, soon, sql } from './postgresql-verbs.ts';
import { startWalReceiver } from './wal-receiver.ts';

let cluster: TestCluster;
let primary: TestServer;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4']);
  const [first, second] = cluster.servers as [TestServer, TestServer];
  primary = first;
  first.start();
  second.start();
  await follows(second, first);
});
afterAll(() => cluster?.remove());

/** Where a receiver begins: at the start of a segment, as archivers do. */
async function segmentStart(): Promise<string> {
  const [row] = await sql(primary, `SELECT regexp_replace(pg_current_wal_lsn()::text, '.{6}$', '000000') AS lsn`);
  return String(row?.lsn);
}

const members = async (settings: Readonly<Record<string, unknown>> = {}) => {
  const { peers } = await driver.observe(primary.context(settings), []);
  return peers.map(({ member }) => member).sort();
};

describe('12.B8: a program that takes WAL', () => {
  it('is no member under any name when it reports what it flushed and never what it replayed', async () => {
    const receiver = await startWalReceiver(primary, 'site archive', 'flushed', await segmentStart());
    try {
      await vi.waitFor(async () => {
        await sql(primary, 'SELECT pg_switch_wal()');
        expect(receiverRows(await factsOf(primary)).map((row) => row.applicationName)).toEqual(['site archive']);
      }, soon);
      expect(await members()).toEqual(['pg-2']);
    } finally {
      await receiver.close();
    }
  });

  it('is neither member nor archiver as long as it has reported nothing', async () => {
    const receiver = await startWalReceiver(primary, 'pg_receivewal', 'nothing', await segmentStart());
    try {
      await vi.waitFor(async () => expect((await factsOf(primary)).replication).toHaveLength(2), soon);
      const facts = await factsOf(primary);
      expect([standbyRows(facts).length, receiverRows(facts).length]).toEqual([1, 0]);
    } finally {
      await receiver.close();
    }
  });

  it('counts as a member when it reports what it replayed, until the settings name it', async () => {
    const receiver = await startWalReceiver(primary, 'relay', 'replayed', await segmentStart());
    try {
      await vi.waitFor(async () => {
        await sql(primary, 'SELECT pg_switch_wal()');
        expect(await members()).toEqual(['pg-2', 'relay']);
      }, soon);
      expect(await members({ receivers: ['relay'] })).toEqual(['pg-2']);
    } finally {
      await receiver.close();
    }
  });
});

describe('12.B8: a backup', () => {
  const backup = (settings: Readonly<Record<string, unknown>> = {}) =>
    driver.check(primary.context(settings), { check: 'no-backup-running' });

  async function session(name: string): Promise<pg.Client> {
    const { host, port, user, database, passwordFile } = primary.member.connection;
    const password = (await readFile(passwordFile, 'utf8')).trim();
    const client = new pg.Client({ host, port, user, database, password, application_name: name });
    await client.connect();
    return client;
  }

  it('is seen in the session that began it, whatever that is called, until it has ended', async () => {
    const client = await session('nightly copy');
    try {
      expect(await backup()).toMatchObject({ ok: true });
      await client.query(`SELECT pg_backup_start('nightly', true)`);
      expect(await backup()).toMatchObject({
        ok: false,
        detail: expect.stringMatching(/^nightly copy .* is taking a backup; wait until it ends$/),
      });
      await client.query('SELECT pg_backup_stop(false)');
      expect(await backup()).toMatchObject({ ok: true });
    } finally {
      await client.end();
    }
  });

  it('is seen by the lock that pgBackRest holds, whatever its session asks meanwhile', async () => {
    const client = await session('stanza main');
    try {
      await client.query('SELECT pg_try_advisory_lock(12340078987004321)');
      await client.query('SELECT 1');
      expect(await backup()).toMatchObject({ ok: false, detail: expect.stringContaining('stanza main') });
    } finally {
      await client.end();
    }
    await vi.waitFor(async () => expect(await backup()).toMatchObject({ ok: true }), soon);
  });

  it('is seen by the name that the settings give', async () => {
    const client = await session('tape robot');
    try {
      expect(await backup()).toMatchObject({ ok: true });
      expect(await backup({ backups: ['tape robot'] })).toMatchObject({ ok: false });
    } finally {
      await client.end();
    }
  });
});

describe('12.B8: an HA manager', () => {
  const manager = (settings: Readonly<Record<string, unknown>> = {}) => driver.check(primary.context(settings), { check: 'no-ha-manager' });

  it('is seen by the name of its program that the settings give', async () => {
    const program = join(cluster.runDir, 'site-failover');
    await symlink('/bin/sleep', program);
    const child = spawn(program, ['600'], { stdio: 'ignore' });
    try {
      expect(await manager()).toMatchObject({ ok: true });
      await vi.waitFor(
        async () =>
          expect(await manager({ managers: ['site-failover'] })).toMatchObject({
            ok: false,
            detail: expect.stringContaining('site-failover'),
          }),
        soon,
      );
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is seen by the head of the configuration that Patroni writes, while none of its programs is found', async () => {
    const file = fileOf(primary, 'postgresql.conf');
    const before = await readFile(file, 'utf8');
    await appendFile(file, '\n# It will be overwritten by Patroni!\n');
    try {
      expect(await manager()).toMatchObject({ ok: false, detail: expect.stringContaining('Patroni manages this server') });
    } finally {
      await writeFile(file, before);
    }
    expect(await manager()).toMatchObject({ ok: true });
  });
});
