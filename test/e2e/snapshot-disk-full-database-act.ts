/**
 * Run by snapshot-disk-full.slow.test.ts in a mount namespace of its own: a real server whose data and snapshots lie on a small real file
 * system, which somebody fills while a snapshot of it is made. Prints what came of it.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, statfsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { systemClock } from '../../common/clock.ts';
import type { OrderBody, Receipt } from '../../common/orders.ts';
import { type AgentBeside, agentBeside } from './agent-beside.ts';
import { makeTestCluster, type TestServer } from './postgresql-servers.ts';

const [folder = ''] = process.argv.slice(2);
const mebi = 1024 * 1024;
const sizeMebi = 1200;
/** Of the reserve that no copy takes (agent/host/space.ts). */
const spareMebi = sizeMebi * 0.05;
const snapshot: OrderBody = { kind: 'snapshot', verify: 'list', needBytes: 1, needInodes: 1 };

const cluster = await makeTestCluster(['pg-1'], ['16.4']);
const [server] = cluster.servers;
if (server === undefined) throw new RangeError('one server was asked for');
const disk = dirname(server.member.dataDir);

/** The member's folder moves onto a file system of its own, with its owners and rights. */
function moveToSmallDisk(): void {
  const [image, first] = [join(folder, 'database.img'), join(folder, 'database')];
  execFileSync('truncate', ['--size', `${sizeMebi}M`, image]);
  execFileSync('mkfs.ext4', ['-q', '-m', '0', image]);
  mkdirSync(first);
  execFileSync('mount', ['-o', 'loop', image, first]);
  execFileSync('cp', ['-a', `${disk}/.`, first]);
  execFileSync('mount', ['--move', first, disk]);
}

function freeMebi(): number {
  const { bavail, bsize } = statfsSync(disk);
  return (bavail * bsize) / mebi;
}

async function connected({ member }: TestServer): Promise<pg.Client> {
  const { host, port, user, database, passwordFile } = member.connection;
  const password = execFileSync('cat', [passwordFile], { encoding: 'utf8' }).trim();
  const giveUpMs = systemClock.monotonicMs() + 30_000;
  for (;;) {
    const client = new pg.Client({ host, port, user, database, password });
    try {
      await client.connect();
      return client;
    } catch (error) {
      if (systemClock.monotonicMs() > giveUpMs) throw error;
      await new Promise<void>((resolve) => systemClock.after(50, resolve));
    }
  }
}

/** Counts what the server acknowledged; the first refusal ends it and is kept. */
function startWriting(client: pg.Client) {
  const reported = { acknowledged: 0, refusal: '' };
  let goes = true;
  const gone = (async () => {
    while (goes) {
      try {
        await client.query('INSERT INTO written VALUES ($1)', [reported.acknowledged + 1]);
        reported.acknowledged += 1;
      } catch (error) {
        reported.refusal = String(error);
        return;
      }
    }
  })();
  const stop = () => {
    goes = false;
    return gone;
  };
  return { reported, stop };
}

/** A file of somebody else grows right when the copy of the data begins: what was measured is not true any more. */
async function whileSomebodyFills(beside: AgentBeside, carry: () => Promise<Receipt>) {
  const filler = join(disk, 'filler');
  const partial = join(beside.settings.snapshotsDir, 'r-1.pg-1.partial');
  const seen = { copiedMebi: 0, promised: false, leastFreeMebi: Number.POSITIVE_INFINITY };
  beside.onCall = (call) => {
    if (call.startsWith('copyTree') && !existsSync(filler))
      execFileSync('fallocate', ['--length', `${Math.floor(freeMebi() - spareMebi - 60)}M`, filler]);
    // The first is before anything was made.
    if (call.startsWith('dropRemains') && existsSync(filler)) {
      seen.copiedMebi = Math.max(seen.copiedMebi, treeMebi(partial));
      seen.leastFreeMebi = Math.min(seen.leastFreeMebi, freeMebi());
    }
  };
  const receipt = await carry();
  beside.onCall = () => {};
  const { facts } = receipt;
  // A promise that lives on would be missing from what the agent tells as free.
  seen.promised = Math.abs((facts?.space.data.freeBytes ?? 0) / mebi - freeMebi()) > 30;
  rmSync(filler);
  return { receipt, seen };
}

function treeMebi(root: string): number {
  const files = existsSync(root) ? readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : [];
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0) / mebi;
}

async function rowsOf(client: pg.Client) {
  const { rows } = await client.query<{ started: string; rows: number; last: number }>(
    'SELECT pg_postmaster_start_time()::text AS started, count(*)::int AS rows, max(id) AS last FROM written',
  );
  return rows[0] ?? { started: '', rows: 0, last: 0 };
}

const inShort = ({ outcome, failure }: Receipt) => ({ outcome, code: failure?.code ?? null });

async function play(on: TestServer, beside: AgentBeside) {
  moveToSmallDisk();
  on.start();
  const [client, writer] = [await connected(on), await connected(on)];
  await client.query('ALTER SYSTEM SET wal_keep_size = 0');
  await client.query(`ALTER SYSTEM SET max_wal_size = '64MB'`);
  await client.query('SELECT pg_reload_conf()');
  await client.query('CREATE TABLE written (id int PRIMARY KEY)');
  await client.query(`CREATE TABLE bulk AS SELECT n, repeat(md5(n::text), 30) AS note FROM generate_series(1, 150000) n`);
  await client.query('CHECKPOINT');
  const { started } = await rowsOf(client);
  await beside.start();
  const { reported, stop } = startWriting(writer);
  const { receipt, seen } = await whileSomebodyFills(beside, () => beside.carry(snapshot));
  const left = readdirSync(beside.settings.snapshotsDir);
  const afterFull = reported.acknowledged;
  const again = await beside.carry(snapshot, { attempt: 2 });
  const atLeast = reported.acknowledged;
  await stop();
  const before = await rowsOf(client);
  await client.end();
  await writer.end();
  const restored = await beside.carry(restoreOf('r-1.pg-1'), { run: 'r-2' });
  const later = await connected(on);
  const after = await rowsOf(later);
  await later.end();
  return {
    full: { ...inShort(receipt), ...seen, left, reserveWasLeft: seen.leastFreeMebi > spareMebi / 2 },
    database: {
      refusal: reported.refusal,
      wroteMeanwhile: afterFull > 0,
      restarted: before.started !== started,
      lost: reported.acknowledged - before.rows,
    },
    again: inShort(again),
    restored: {
      ...inShort(restored),
      hasAllUpTo: after.rows === after.last,
      hasWhatWasThere: after.last >= afterFull && after.last <= atLeast,
    },
  };
}

function restoreOf(id: string): OrderBody {
  const parts = ['quiesce', 'stop', 'restore', 'start'] as const;
  const release = { fromRelease: '16.4', toRelease: '16.4', expectVersion: '16.4' };
  return { kind: 'downtime', mode: 'normal', parts, ...release, onFailure: 'revert', restore: id };
}

const beside = agentBeside(server);
try {
  console.log(JSON.stringify(await play(server, beside)));
} finally {
  beside.remove();
  await server.stop('SIGQUIT');
  execFileSync('umount', ['--lazy', disk]);
  await cluster.remove();
}
// The agent's next probe of its snapshots would keep this process for minutes.
process.exit();
