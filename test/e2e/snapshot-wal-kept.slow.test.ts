/** What goes along in a primary's snapshot of the WAL that is kept for the others, and that they need it (P8, P11). */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Effect, OrderBody } from '../../common/orders.ts';
import { lsnValue, parseBackupLabel } from '../../engines/postgresql/wal.ts';
import { type AgentBeside, agentBeside } from './agent-beside.ts';
import { makeTestCluster, type TestCluster, type TestServer } from './postgresql-servers.ts';
import { follows } from './postgresql-verbs.ts';

const snapshot: OrderBody = { kind: 'snapshot', verify: 'list', needBytes: 1, needInodes: 1 };
const restoreOf = (restore: string): OrderBody => ({
  kind: 'downtime',
  mode: 'normal',
  parts: ['quiesce', 'stop', 'restore', 'start'],
  fromRelease: '16.4',
  toRelease: '16.4',
  expectVersion: '16.4',
  onFailure: 'revert',
  restore,
});
const retain: OrderBody = { kind: 'set', scope: 'node', key: 'retained-wal', value: 'drydock_snapshots' };
const effect: Effect = { key: 'retained-wal', prior: null, set: 'drydock_snapshots' };
const letGo: OrderBody = { kind: 'unset', scope: 'node', key: 'retained-wal', effect };
const slots = () => onPrimary('SELECT slot_name FROM pg_replication_slots');
const segmentBytes = 16 * 1024 * 1024;

let cluster: TestCluster;
let primary: TestServer;
let standby: TestServer;
let besidePrimary: AgentBeside;
let besideStandby: AgentBeside;

beforeAll(async () => {
  cluster = await makeTestCluster(['pg-1', 'pg-2'], ['16.4']);
  const [first, second] = cluster.servers;
  if (first === undefined || second === undefined) throw new RangeError('two servers were asked for');
  [primary, standby] = [first, second];
  primary.start();
  standby.start();
  await follows(standby, primary);
  [besidePrimary, besideStandby] = [agentBeside(primary), agentBeside(standby)];
  await besidePrimary.start();
  await besideStandby.start();
  // As PostgreSQL comes: nothing but the slot keeps WAL.
  await onPrimary('CREATE TABLE kept (id int)', `ALTER SYSTEM SET wal_keep_size = 0`, 'SELECT pg_reload_conf()');
}, 60_000);

afterAll(async () => {
  besidePrimary?.remove();
  besideStandby?.remove();
  await cluster?.remove();
});

async function onPrimary(...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { passwordFile, host, port, user, database } = primary.member.connection;
  const client = new pg.Client({ host, port, user, database, password: readFileSync(passwordFile, 'utf8').trim() });
  await client.connect();
  try {
    let rows: readonly Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}

/** Each ends a segment. The checkpoint makes them older than what a need without them would count. */
async function writeSegments(count: number): Promise<void> {
  for (let segment = 0; segment < count; segment++) await onPrimary('INSERT INTO kept VALUES (1)', 'SELECT pg_switch_wal()');
  await vi.waitFor(
    async () => expect(await onPrimary('SELECT FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_lsn()')).toHaveLength(1),
    { timeout: 20_000, interval: 20 },
  );
  await onPrimary('CHECKPOINT');
}

const contentOf = (server: TestServer, run: string) =>
  join(server.context().settings.snapshotsDir, `${run}.${server.member.name}`, 'content');

function bytesOf(root: string): number {
  const files = readdirSync(root, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return files.reduce((sum, file) => sum + statSync(join(file.parentPath, file.name)).size, 0);
}

describe('the WAL that a primary keeps while snapshots are made', () => {
  it('is in its need, as many segments as lie there, so that its snapshot takes no more than was measured (P8)', async () => {
    const before = (await besidePrimary.probe(['snapshot-need'])).snapshotNeed?.bytes ?? 0;
    expect(await besidePrimary.carry(retain)).toMatchObject({ outcome: 'done', effects: [effect] });
    expect((await besideStandby.carry(snapshot)).failure).toBeUndefined();
    await writeSegments(6);
    const { snapshotNeed } = await besidePrimary.probe(['snapshot-need']);
    const needBytes = snapshotNeed?.bytes ?? 0;
    expect((needBytes - before) / segmentBytes).toBeGreaterThan(5);
    expect((await besidePrimary.carry(snapshot)).failure).toBeUndefined();
    expect(bytesOf(contentOf(primary, 'r-1'))).toBeLessThanOrEqual(needBytes);
    expect((await besidePrimary.carry(letGo)).failure).toBeUndefined();
    expect(await slots()).toEqual([]);
  }, 60_000);

  it('is what a standby follows from whose snapshot is older: the primary’s own copy begins later (P11)', async () => {
    const seen = (await besideStandby.probe([])).snapshots?.find(({ id }) => id === 'r-1.pg-2');
    const label = parseBackupLabel(readFileSync(join(contentOf(primary, 'r-1'), 'data', 'backup_label'), 'utf8'));
    const [endOfStandby, startOfPrimary] = [lsnValue(seen?.position ?? '0/0'), lsnValue(label?.startLsn ?? '0/0')];
    expect((startOfPrimary - endOfStandby) / BigInt(segmentBytes)).toBeGreaterThanOrEqual(5n);
    await writeSegments(1);
    expect(await besidePrimary.carry(restoreOf('r-1.pg-1'), { run: 'r-2' })).toMatchObject({ outcome: 'done', effects: [effect] });
    // Another one than that which ended the recovery: the slot keeps it, and for as long as it is there.
    await onPrimary('CHECKPOINT');
    const from = { kind: 'await', condition: 'wal-reaches-back', member: seen?.position ?? '', steadyMs: 0, viewpoint: 'self' } as const;
    expect(await besidePrimary.carry(from, { run: 'r-2', step: 'wal', deadlineMs: 5_000 })).toMatchObject({ outcome: 'done' });
    expect((await besideStandby.carry(restoreOf('r-1.pg-2'), { run: 'r-2' })).failure).toBeUndefined();
    await follows(standby, primary);
    await onPrimary('INSERT INTO kept VALUES (2)');
    expect(await onPrimary('SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 7 }]);
  }, 60_000);

  it('is kept no longer once the run that put them back says so, and nothing is left that keeps WAL for ever (P19)', async () => {
    expect(await slots()).toEqual([{ slot_name: 'drydock_snapshots' }]);
    expect(await besidePrimary.carry(letGo, { run: 'r-2' })).toMatchObject({ outcome: 'done' });
    expect(await slots()).toEqual([]);
  });

  it('is no matter of a snapshot that was made alone: restored, it comes up without a slot', async () => {
    expect((await besidePrimary.carry(snapshot, { run: 'r-3' })).failure).toBeUndefined();
    expect(await besidePrimary.carry(restoreOf('r-3.pg-1'), { run: 'r-4' })).toMatchObject({ outcome: 'done', effects: [] });
    expect(await slots()).toEqual([]);
  }, 60_000);
});
