/** Snapshots of real servers under a writer: taken, proven, restored. A standby follows again afterwards; no files are shared. */
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { chown, mkdir, rename, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import type { OrderBody } from '../../common/orders.ts';
import { type AgentBeside, agentBeside } from './agent-beside.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { follows, isOk } from './postgresql-verbs.ts';

const snapshotOf = (verify: 'none' | 'list' | 'restore-compare'): OrderBody => ({ kind: 'snapshot', verify, needBytes: 1, needInodes: 1 });
const restoreOf = (restore: string, expectVersion = '16.4'): OrderBody => ({
  kind: 'downtime',
  mode: 'normal',
  parts: ['quiesce', 'stop', 'restore', 'start'],
  fromRelease: '16.4',
  toRelease: '16.4',
  expectVersion,
  onFailure: 'revert',
  restore,
});
const finalize: OrderBody = { kind: 'cleanup', part: 'previous-release', keepRelease: '16.4' };

let cluster: TestCluster;
let primary: TestServer;
let standby: TestServer;
let besidePrimary: AgentBeside;
let besideStandby: AgentBeside;
let stopWriting: () => Promise<void> = async () => {};

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4']);
  const [first, second] = cluster.servers;
  if (first === undefined || second === undefined) throw new RangeError('two servers were asked for');
  [primary, standby] = [first, second];
  primary.start();
  standby.start();
  await follows(standby, primary);
  await sql(primary, 'CREATE TABLE ledger (id int PRIMARY KEY, note text)');
  await sql(primary, `INSERT INTO ledger SELECT n, repeat('x', 500) FROM generate_series(1, 5000) n`);
  await sql(primary, 'CREATE TABLE busy (id bigserial PRIMARY KEY, at timestamptz DEFAULT now())');
  [besidePrimary, besideStandby] = [agentBeside(primary), agentBeside(standby)];
  await besidePrimary.start();
  await besideStandby.start();
});

afterEach(async () => {
  await stopWriting();
  for (const beside of [besidePrimary, besideStandby]) beside.onCall = () => {};
});

afterAll(async () => {
  besidePrimary?.remove();
  besideStandby?.remove();
  await cluster?.remove();
});

async function sql<Row extends pg.QueryResultRow>(server: TestServer, text: string): Promise<readonly Row[]> {
  const client = await clientOf(server);
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}

async function clientOf({ member }: TestServer): Promise<pg.Client> {
  const { passwordFile, host, port, user, database } = member.connection;
  const client = new pg.Client({ host, port, user, database, password: readFileSync(passwordFile, 'utf8').trim() });
  await client.connect();
  return client;
}

async function startWriting(): Promise<void> {
  const client = await clientOf(primary);
  let goes = true;
  const gone = (async () => {
    while (goes) {
      await client.query('INSERT INTO busy DEFAULT VALUES');
      await client.query('UPDATE ledger SET note = note WHERE id = 1 + (random() * 4)::int');
    }
    await client.end();
  })();
  stopWriting = async () => {
    goes = false;
    await gone;
    stopWriting = async () => {};
  };
}

const snapshotsDir = (server: TestServer) => server.context().settings.snapshotsDir;
const content = (server: TestServer, id: string) => join(snapshotsDir(server), id, 'content');

/** Neither in the database nor on the disk, nor as a process. */
async function nothingLeft(server: TestServer, complete: readonly string[]): Promise<void> {
  expect(readdirSync(snapshotsDir(server)).sort()).toEqual([...complete].sort());
  expect(await sql(server, 'SELECT slot_name FROM pg_replication_slots')).toEqual([]);
  expect(existsSync(join(server.member.dataDir, 'backup_label'))).toBe(false);
  expect(serversOn(snapshotsDir(server))).toEqual([]);
  if (server === standby) expect(await sql(server, 'SELECT pg_is_wal_replay_paused() AS paused')).toEqual([{ paused: false }]);
}

function serversOn(path: string): readonly string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(path);
    } catch {
      return false;
    }
  });
}

function inodesOf(root: string): ReadonlySet<number> {
  const entries = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return new Set(entries.map((entry) => statSync(join(entry.parentPath, entry.name), { throwIfNoEntry: false })?.ino ?? 0));
}

const detailOf = (receipt: { readonly findings: readonly { readonly check: string; readonly detail: string }[] }, check: string) =>
  receipt.findings.find((finding) => finding.check === check)?.detail ?? '';

describe('a snapshot of a standby under a writer', () => {
  it('is equal to its source at the very position where that stood still, and the standby goes on (P8 M46)', async () => {
    await startWriting();
    const receipt = await besideStandby.carry(snapshotOf('restore-compare'));
    expect(receipt.failure).toBeUndefined();
    expect(detailOf(receipt, 'snapshot-restored')).toMatch(
      /tables compared as a whole and 0 in part, (\d+) of \1 blocks: all equal to the standby/,
    );
    expect(receipt.facts?.snapshots).toMatchObject([{ id: 'r-1.pg-2', version: '16.4', role: 'standby', verified: 'restore-compare' }]);
    await nothingLeft(standby, ['r-1.pg-2']);
    await isOk(standby, 'in-service');
    const live = inodesOf(standby.member.dataDir);
    expect([...inodesOf(content(standby, 'r-1.pg-2'))].filter((inode) => inode !== 0 && live.has(inode))).toEqual([]);
    const label = statSync(join(content(standby, 'r-1.pg-2'), 'data', 'backup_label'));
    expect([label.uid, label.mode & 0o777]).toEqual([statSync(standby.member.dataDir).uid, 0o600]);
    expect(readdirSync(join(content(standby, 'r-1.pg-2'), 'data'))).not.toContain('standby.signal');
  });
});

describe('a snapshot of a primary under a writer', () => {
  it('is compared as far as it can be, and the finding says how far (P8 M46)', async () => {
    await startWriting();
    const receipt = await besidePrimary.carry(snapshotOf('restore-compare'));
    expect(receipt.failure).toBeUndefined();
    const output = detailOf(receipt, 'snapshot-restored');
    expect(output).toContain('these changed in the meantime, so only their rows older');
    expect(output).toContain('public.busy');
    await nothingLeft(primary, ['r-1.pg-1']);
  });
});

describe('a damaged snapshot', () => {
  /** Harms the half made snapshot right before the agent makes this call. */
  function harmBefore(beside: AgentBeside, call: RegExp, harm: (path: string) => void): void {
    let harmed = false;
    beside.onCall = (called) => {
      if (harmed || !call.test(called)) return;
      harmed = true;
      const [partial] = readdirSync(beside.settings.snapshotsDir).filter((name) => name.endsWith('.partial'));
      harm(join(beside.settings.snapshotsDir, partial ?? '', 'content', 'data'));
    };
  }

  async function fileOf(server: TestServer, table: string): Promise<string> {
    const [row] = await sql<{ path: string }>(server, `SELECT pg_relation_filepath('${table}') AS path`);
    return row?.path ?? '';
  }

  /** In a block that the writer never changes: what is changed after the checkpoint is put right by replay. */
  const untouchedAt = 100 * 8192 + 4000;
  const flip = (path: string) => {
    const bytes = readFileSync(path);
    bytes.writeUInt8((bytes.at(untouchedAt) ?? 0) ^ 1, untouchedAt);
    writeFileSync(path, bytes);
  };

  it.each([
    ['a flipped byte', flip],
    ['a missing file', (path: string) => rmSync(path)],
  ] as const)('with %s does not pass the proof by restoring, on either role, and is removed (P8)', async (_, harm) => {
    const table = await fileOf(primary, 'ledger');
    await sql(primary, 'CHECKPOINT');
    await caughtUp();
    for (const [attempt, [server, beside]] of (
      [
        [standby, besideStandby],
        [primary, besidePrimary],
      ] as const
    ).entries()) {
      harmBefore(beside, /makeRemains .* scratch/, (path) => harm(join(path, table)));
      const receipt = await beside.carry(snapshotOf('restore-compare'), { run: `r-harmed-${harm.name}-${attempt}` });
      expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'snapshot-not-proven' } });
      beside.onCall = () => {};
      await nothingLeft(server, [server === standby ? 'r-1.pg-2' : 'r-1.pg-1']);
    }
  });

  it('with a file from before, whose every page is sound, does not pass either: its content tells (P8)', async () => {
    const table = await fileOf(primary, 'ledger');
    for (const [server, beside] of [
      [standby, besideStandby],
      [primary, besidePrimary],
    ] as const) {
      await sql(primary, 'CHECKPOINT');
      await caughtUp();
      await sql(server, 'CHECKPOINT');
      const before = join(cluster.runDir, 'before');
      copyFileSync(join(server.member.dataDir, table), before);
      await sql(primary, `UPDATE ledger SET note = note || '!'`);
      await sql(primary, 'CHECKPOINT');
      await caughtUp();
      harmBefore(beside, /makeRemains .* scratch/, (path) => writeFileSync(join(path, table), readFileSync(before)));
      const receipt = await beside.carry(snapshotOf('restore-compare'), { run: `r-old-${server.member.name}` });
      expect(receipt.failure?.message).toMatch(/public\.ledger/);
      beside.onCall = () => {};
      await nothingLeft(server, [server === standby ? 'r-1.pg-2' : 'r-1.pg-1']);
    }
  });

  it.each([
    ['a flipped byte', /checkFiles/, (path: string, table: string) => flip(join(path, table))],
    ['WAL that is missing', /listPartial/, (path: string) => rmSync(join(path, 'pg_wal'), { recursive: true })],
  ] as const)('with %s does not pass the list (P8)', async (what, call, harm) => {
    const table = await fileOf(primary, 'ledger');
    harmBefore(besidePrimary, call, (path) => harm(path, table));
    const receipt = await besidePrimary.carry(snapshotOf('list'), { run: `r-list-${what.length}` });
    expect(receipt).toMatchObject({ outcome: 'failed', failure: { code: 'snapshot-not-proven' } });
    await nothingLeft(primary, ['r-1.pg-1']);
  });
});

async function caughtUp(): Promise<void> {
  const [row] = await sql<{ lsn: string }>(primary, 'SELECT pg_current_wal_lsn()::text AS lsn');
  await vi.waitFor(
    async () => expect(await sql(standby, `SELECT pg_last_wal_replay_lsn() >= '${row?.lsn}' AS there`)).toEqual([{ there: true }]),
    { timeout: 20_000, interval: 20 },
  );
}

describe('an agent that is killed while it proves a snapshot', () => {
  it.each([
    ['in the middle of copying', /copyTree .*\/scratch|copyTree .*\.partial.*tblspc|copyTree .*pg_control/],
    ['right after the replay was asked to pause', /copyTree .*\.scratch/],
    ['while the copy starts', /run .*pg_ctl,start/],
  ] as const)('%s leaves nothing running and nothing paused, and does it again (P18 P19)', async (what, call) => {
    let died = false;
    besideStandby.onCall = (called) => {
      if (died || !call.test(called)) return;
      died = true;
      besideStandby.kill();
      // It was asked for by the agent before it died: a child goes on.
      if (!called.startsWith('run')) throw new Error('killed');
    };
    const run = `r-killed-${what.length}`;
    const receipt = besideStandby.carry(snapshotOf('restore-compare'), { run });
    await vi.waitFor(() => expect(died).toBe(true), { timeout: 20_000, interval: 10 });
    besideStandby.onCall = () => {};
    await besideStandby.start();
    expect((await receipt).failure).toBeUndefined();
    await nothingLeft(standby, ['r-1.pg-2', `${run}.pg-2`]);
    rmSync(join(snapshotsDir(standby), `${run}.pg-2`), { recursive: true });
  });
});

describe('a restore of a standby', () => {
  it('brings it back to the snapshot, from where it follows again; the old data stay until a later run gives up its rollback (P7 M54)', async () => {
    await startWriting();
    const { dataDir } = standby.member;
    const inode = statSync(dataDir).ino;
    const receipt = await besideStandby.carry(restoreOf('r-1.pg-2'), { run: 'r-2' });
    expect(receipt.failure).toBeUndefined();
    expect(receipt).toMatchObject({ outcome: 'done', facts: { role: 'standby' } });
    const aside = `${dataDir}.drydock-r-2.downtime.1`;
    expect(detailOf(receipt, 'restored')).toContain(aside);
    expect([statSync(aside).ino, statSync(dataDir).ino === inode]).toEqual([inode, false]);
    await stopWriting();
    await follows(standby, primary);
    await caughtUp();
    const count = 'SELECT count(*)::int AS rows FROM busy';
    expect(await sql(standby, count)).toEqual(await sql(primary, count));
    expect(await besideStandby.carry(finalize, { run: 'r-20', step: 'finalize' })).toMatchObject({ outcome: 'done' });
    expect(readdirSync(join(dataDir, '..')).filter((name) => name.includes('.drydock-'))).toEqual([]);
  });

  it('that does not come up is rolled back: the very folder that was there before serves on (P7 P11)', async () => {
    const { dataDir } = standby.member;
    const inode = statSync(dataDir).ino;
    const receipt = await besideStandby.carry(restoreOf('r-1.pg-2', '16.99'), { run: 'r-3', deadlineMs: 8_000 });
    expect(receipt).toMatchObject({ outcome: 'failed', reverted: true, failure: { code: 'downtime-reverted' } });
    expect(statSync(dataDir).ino).toBe(inode);
    expect(readdirSync(join(dataDir, '..')).filter((name) => name.includes('.drydock-'))).toEqual([]);
    await follows(standby, primary);
  });

  it('is refused before the stop when a byte of the snapshot is not what was written (P8)', async () => {
    const harmed = join(content(standby, 'r-1.pg-2'), 'data', 'PG_VERSION');
    const sound = readFileSync(harmed);
    writeFileSync(harmed, '17\n');
    const receipt = await besideStandby.carry(restoreOf('r-1.pg-2'), { run: 'r-4' });
    writeFileSync(harmed, sound);
    expect(receipt).toMatchObject({ outcome: 'refused', failure: { code: 'snapshot-damaged' }, downtimeMs: null });
    await isOk(standby, 'in-service');
  });

  it('goes on automatically when the agent is killed between stop and start (P18 P20)', async () => {
    for (const [at, call] of [/^moveIntoPlace/, /^startUnit/].entries()) {
      let died = false;
      besideStandby.onCall = (called) => {
        if (died || !call.test(called)) return;
        died = true;
        besideStandby.kill();
        throw new Error('killed');
      };
      const run = `r-5${at}`;
      const receipt = besideStandby.carry(restoreOf('r-1.pg-2'), { run });
      await vi.waitFor(() => expect(died).toBe(true), { timeout: 20_000, interval: 10 });
      besideStandby.onCall = () => {};
      await besideStandby.start();
      expect((await receipt).failure).toBeUndefined();
      await follows(standby, primary);
      await besideStandby.carry(finalize, { run, step: 'finalize' });
    }
  });
});

describe('a primary of its own, with a tablespace and its WAL elsewhere', () => {
  it('is proven and restored with all three trees in their places (P8 M28 M32)', async () => {
    const solo = await makeTestCluster(['pg-9'], ['16.4']);
    const [server] = solo.servers;
    if (server === undefined) throw new RangeError('one server was asked for');
    const beside = agentBeside(server);
    try {
      const { dataDir } = server.member;
      const [wal, space] = [join(solo.runDir, 'wal'), join(solo.runDir, 'space')];
      await rename(join(dataDir, 'pg_wal'), wal);
      await symlink(wal, join(dataDir, 'pg_wal'));
      await mkdir(space);
      const { uid, gid } = solo.cluster.account;
      if (uid !== null && gid !== null) await chown(space, uid, gid);
      server.start();
      await isOk(server, 'in-service');
      await sql(server, `CREATE TABLESPACE wide LOCATION '${space}'`);
      await sql(server, 'CREATE TABLE kept (id int) TABLESPACE wide');
      await sql(server, 'INSERT INTO kept SELECT generate_series(1, 100)');
      await beside.start();
      const taken = await beside.carry(snapshotOf('restore-compare'));
      expect(taken.failure).toBeUndefined();
      expect(readdirSync(content(server, 'r-1.pg-9')).sort()).toEqual(['data', 'tablespaces', 'wal']);
      await sql(server, 'DELETE FROM kept');
      const receipt = await beside.carry(restoreOf('r-1.pg-9'), { run: 'r-2' });
      expect(receipt.failure).toBeUndefined();
      expect(detailOf(receipt, 'restored-role')).toContain('continues there as primary');
      expect(await sql(server, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 100 }]);
      await sql(server, 'INSERT INTO kept VALUES (0)');
      expect(readdirSync(space).length).toBe(2);
      await beside.carry(finalize, { run: 'r-2', step: 'finalize' });
      expect([readdirSync(space).length, readdirSync(solo.runDir).filter((name) => name.includes('drydock'))]).toEqual([1, []]);
    } finally {
      beside.remove();
      await solo.remove();
    }
  });
});
