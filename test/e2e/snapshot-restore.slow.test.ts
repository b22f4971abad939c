/** Snapshots of a whole cluster taken by a run, and restored by plans: one member, then all of them (P8, P11). */

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AuditListDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument, SnapshotListDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, nodeNames } from '../../demo/layout.ts';

let fleet: DemoFleet;
let snapshotRun = '';
const soon = { timeout: 30_000, interval: 50 };

beforeAll(async () => {
  fleet = await startFleet({});
  await fleet.adopt();
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
}, 60_000);

async function onPrimary<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
  const { nodes, user, password, database } = fleet.layout.clientsAddress;
  for (const address of nodes) {
    const client = new pg.Client({ ...address, user, password, database });
    await client.connect();
    try {
      const { rows } = await client.query<{ standby: boolean }>('SELECT pg_is_in_recovery() AS standby');
      if (rows[0]?.standby === false) return await work(client);
    } finally {
      await client.end();
    }
  }
  throw new Error('no primary');
}

const rowsOf = () =>
  onPrimary(async (client) => (await client.query<{ id: number }>('SELECT id FROM kept ORDER BY id')).rows.map(({ id }) => id));

const slots = () => onPrimary(async (client) => (await client.query('SELECT slot_name FROM pg_replication_slots')).rows);

const effectsOf = async (run: string) =>
  ((await fleet.cliJson(['audit', run])) as AuditListDocument).events.map(({ type }) => type).filter((type) => type.startsWith('effect-'));

async function ok(args: readonly string[]): Promise<void> {
  const { exitCode, stdout, stderr } = await fleet.cli(args);
  if (exitCode !== 0) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${stderr}${stdout}`);
}

async function carryOut(args: readonly string[]): Promise<PlanShownDocument & { readonly runId: string }> {
  const shown = (await fleet.cliJson([...args, '--settle', '0s'])) as PlanShownDocument;
  if (shown.planId === undefined) throw new Error(`no plan: ${JSON.stringify(shown)}`);
  const made = await approve(fleet, shown);
  await ok(['run', made.planId, '--wait', '--timeout', '3m']);
  return made;
}

const roles = async () =>
  Object.fromEntries(
    ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members.map(({ instance, role }) => [instance, role]),
  );
const before = { 'pg-1': 'primary', 'pg-2': 'standby', 'pg-3': 'standby' };

describe('P8 snapshots that a run takes first', () => {
  it('are proven by starting a restored copy and comparing, and leave nothing behind in the database', async () => {
    await onPrimary((client) => client.query('CREATE TABLE kept (id int PRIMARY KEY); INSERT INTO kept SELECT generate_series(1, 1000)'));
    const { runId } = await carryOut(['plan', fleet.cluster, '--restart', '--snapshot', 'restore-compare']);
    snapshotRun = runId;
    expect(await slots()).toEqual([]);
  }, 180_000);
});

describe('P11 a restore', () => {
  it('of one member loses nothing: what was written since comes from its peers', async () => {
    await onPrimary((client) => client.query('INSERT INTO kept VALUES (2001)'));
    const made = await carryOut(['restore', snapshotRun, '--node', 'pg-2']);
    expect(made.plan.lost?.[0]).toMatch(/^nothing of pg-main: pg-2 is restored/);
    await fleet.waitHealthy(60_000);
    expect(await roles()).toEqual(before);
    expect(await rowsOf()).toHaveLength(1001);
  }, 180_000);

  it('of a standby whose server does not start brings it back, with every acknowledged row', async () => {
    await onPrimary((client) => client.query('INSERT INTO kept VALUES (2002)'));
    await fleet.host('pg-3').kill(databaseUnit('pg-3'));
    const { dataDir } = fleet.layout.nodes.find(({ name }) => name === 'pg-3')?.member ?? { dataDir: '' };
    await writeFile(join(dataDir, 'global', 'pg_control'), 'damaged');
    await carryOut(['restore', snapshotRun, '--node', 'pg-3']);
    await fleet.waitHealthy(60_000);
    expect(await roles()).toEqual(before);
    expect(await rowsOf()).toHaveLength(1002);
  }, 90_000);

  it('of the whole cluster takes every later write back, as the plan says, and all members follow again', async () => {
    await onPrimary((client) => client.query('INSERT INTO kept VALUES (3001)'));
    const made = await carryOut(['restore', snapshotRun]);
    expect(made.plan.lost?.join()).toMatch(/every write to pg-main since /);
    await fleet.waitHealthy(60_000);
    expect(await roles()).toEqual(before);
    expect(await rowsOf()).toHaveLength(1000);
    expect(await effectsOf(made.runId)).toEqual(['effect-opened', 'effect-closed']);
    expect(await slots()).toEqual([]);
    await onPrimary((client) => client.query('INSERT INTO kept VALUES (4001)'));
  }, 240_000);

  it('of a whole cluster that is down brings all of it back', async () => {
    for (const name of nodeNames) await fleet.host(name).kill(databaseUnit(name));
    await carryOut(['restore', snapshotRun]);
    await fleet.waitHealthy(60_000);
    expect(await roles()).toEqual(before);
    expect(await rowsOf()).toHaveLength(1000);
  }, 90_000);

  it('P7 after a switchover is refused, of one member and of all: it would make a second primary', async () => {
    await carryOut(['plan', fleet.cluster, '--restart', '--primary', 'switchover']);
    for (const scope of [['--node', 'pg-1'], []]) {
      const { exitCode, stderr } = await fleet.cli(['restore', snapshotRun, ...scope]);
      expect(exitCode).not.toBe(0);
      expect(stderr).toContain('pg-1 is standby now, but its snapshot was made when it was primary');
    }
  }, 120_000);

  it('of one that was a standby before and after the switchover follows who leads now', async () => {
    await onPrimary((client) => client.query('INSERT INTO kept VALUES (5001)'));
    const now = await roles();
    const [third] = Object.keys(now).filter((instance) => now[instance] === 'standby' && instance !== 'pg-1');
    await carryOut(['restore', snapshotRun, '--node', third ?? '']);
    await fleet.waitHealthy(60_000);
    expect(await roles()).toEqual(now);
    expect(await rowsOf()).toHaveLength(1001);
    const standbys = await onPrimary((client) => client.query('SELECT application_name FROM pg_stat_replication ORDER BY 1'));
    expect(standbys.rows).toEqual(['pg-1', third].map((application_name) => ({ application_name })));
  }, 90_000);

  it('of one member is refused when its primary has not kept the WAL that was written since', async () => {
    const now = await roles();
    const standby = Object.keys(now).find((instance) => now[instance] === 'standby') ?? '';
    await onPrimary(async (client) => {
      await client.query(`ALTER SYSTEM SET wal_keep_size = 0`);
      await client.query('SELECT pg_reload_conf()');
      for (let segment = 0; segment < 3; segment++) {
        await client.query(`SELECT pg_logical_emit_message(true, 'test', 'a segment that is not empty')`);
        await client.query('SELECT pg_switch_wal()');
        // Both standbys have it, or the checkpoint takes it from them.
        await expect
          .poll(async () => (await client.query('SELECT FROM pg_stat_replication WHERE flush_lsn >= pg_current_wal_lsn()')).rowCount, soon)
          .toBe(2);
        await client.query('CHECKPOINT');
      }
    });
    await fleet.waitHealthy(60_000);
    const { exitCode, stderr } = await fleet.cli(['restore', snapshotRun, '--node', standby]);
    expect(exitCode).not.toBe(0);
    expect(stderr).toMatch(/its snapshot ends at \S+, and the WAL of \S+ only reaches back to \S+/);
  }, 90_000);
});

describe('snapshot remove', () => {
  it('13.5: removes a snapshot from its host at once and leaves the others, and the next run goes on as ever', async () => {
    const held = async () =>
      ((await fleet.cliJson(['snapshot', 'list'])) as SnapshotListDocument).snapshots
        .map(({ id }) => id)
        .filter((id) => id.startsWith(snapshotRun));
    const before = await held();
    expect(before).toHaveLength(3);
    const [going = ''] = before;
    await ok(['snapshot', 'remove', going, '--reason', 'room']);
    expect((await held()).sort()).toEqual(before.filter((id) => id !== going).sort());
    expect((await fleet.cli(['snapshot', 'remove', going])).exitCode).toBe(4);
    await carryOut(['plan', fleet.cluster, '--restart']);
  }, 120_000);
});
