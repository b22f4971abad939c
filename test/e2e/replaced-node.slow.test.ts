/** A standby whose disk is gone while its run holds, on real servers: rebuilt by hand the run goes on with it, excluded without it. */
import { execFile } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { agentUnit, databaseUnit, type NodeName } from '../../demo/layout.ts';
import { signal } from '../../demo/supervisor/processes.ts';
import { momentComes } from '../kill/strike.ts';
import { type Following, follow } from './following.ts';

const run = promisify(execFile);
const never = new AbortController().signal;
const patienceMs = 90_000;
const lost = 'pg-3';
const itsDowntime = `h1.roll.${lost}.standby.downtime`;
let fleet: DemoFleet;
let following: Following | null = null;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.adopt();
  await fleet.addRelease('16.14');
});

afterEach(async () => {
  await following?.close();
});

afterAll(async () => {
  await fleet?.stop();
});

async function ok(args: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(args);
  expect(exitCode, stderr).toBe(0);
}

async function started(...asked: readonly string[]): Promise<{ readonly runId: string; readonly log: Following }> {
  await fleet.waitHealthy(patienceMs);
  const shown = (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '100ms'])) as PlanShownDocument;
  const { planId, runId } = await approve(fleet, shown);
  await ok(['run', planId, '--detach']);
  following = follow(fleet, runId);
  return { runId, log: following };
}

const dataDir = (name: NodeName) => join(fleet.host(name).dir, 'data');

/** What a configuration management knows, and the disk with it that is gone. Returns the files of the first. */
async function loseDisk(): Promise<ReadonlyMap<string, string>> {
  const kept = new Map<string, string>();
  for (const file of ['postgresql.conf', 'pg_hba.conf']) kept.set(file, await readFile(join(dataDir(lost), file), 'utf8'));
  await fleet.host(lost).kill(databaseUnit(lost));
  for (const name of await readdir(dataDir(lost))) await rm(join(dataDir(lost), name), { recursive: true });
  return kept;
}

/** What `pg_basebackup` does, which the servers of these tests come without: a copy of the primary between the begin and the end of a backup. */
async function rebuild(kept: ReadonlyMap<string, string>): Promise<void> {
  const { clientsAddress } = fleet.layout;
  const [address] = clientsAddress.nodes;
  const { user, password, database } = clientsAddress;
  const primary = new pg.Client({ ...address, user, database, ...(password === undefined ? {} : { password }) });
  await primary.connect();
  try {
    await primary.query(`SELECT pg_backup_start('by hand', true)`);
    await run('cp', ['-a', `${dataDir('pg-1')}/.`, dataDir(lost)]);
    const { rows } = await primary.query<{ label: string }>('SELECT labelfile AS label FROM pg_backup_stop(false)');
    await writeFile(join(dataDir(lost), 'backup_label'), rows[0]?.label ?? '');
  } finally {
    await primary.end();
  }
  for (const name of ['postmaster.pid', 'postmaster.opts']) await rm(join(dataDir(lost), name), { force: true });
  for (const name of await readdir(join(dataDir(lost), 'pg_wal')))
    await rm(join(dataDir(lost), 'pg_wal', name), { recursive: true, force: true });
  for (const [file, text] of kept) await writeFile(join(dataDir(lost), file), text);
  await writeFile(join(dataDir(lost), 'standby.signal'), '');
  await run('chown', ['-R', '--reference', dataDir('pg-1'), dataDir(lost)]);
  await fleet.host(lost).start(databaseUnit(lost));
}

const commandsOf = ({ holds }: RunDocument) => holds.flatMap(({ commands }) => commands);

const versions = async () =>
  ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).members.map(({ version }) => version);

describe('P22 a standby whose disk is gone', () => {
  it('14: is rebuilt by hand while the run holds for it, which goes on automatically with it', async () => {
    const { log } = await started('--to', '16.14');
    await log.dispatched('h1.canary.pg-2.standby.downtime');
    const kept = await loseDisk();
    const held = await log.held('node-down', lost);
    expect(held.holds.find(({ kind }) => kind === 'node-down')?.until).toContain(`once ${lost} is started by hand`);
    await rebuild(kept);
    expect((await log.end()).state).toBe('done');
    expect(await versions()).toEqual(['16.14', '16.14', '16.14']);
  });

  it('14: is rebuilt by hand when it was lost in its own downtime, and the run goes on by retry to its end', async () => {
    const { runId, log } = await started('--restart');
    await log.dispatched(itsDowntime);
    expect(await momentComes(fleet, lost, 'held', never)).toBe(true);
    const { pid } = await fleet.host(lost).state(agentUnit);
    if (pid === null) throw new Error(`the agent of ${lost} does not run`);
    signal(pid, 'SIGSTOP');
    const kept = await loseDisk().finally(() => signal(pid, 'SIGCONT'));
    const held = await log.held('order-failed', itsDowntime);
    expect(commandsOf(held)).toEqual(expect.arrayContaining([`retry ${runId} ${itsDowntime}`, `exclude ${runId} ${lost} --reason "…"`]));
    await rebuild(kept);
    await fleet.waitHealthy(patienceMs);
    await ok(['retry', runId, itsDowntime]);
    expect((await log.end()).state).toBe('done');
  });

  // The last one: it stays lost.
  it('14: is excluded when it does not come back, and the run ends with the others done', async () => {
    const { runId, log } = await started('--restart');
    await log.dispatched('h1.canary.pg-2.standby.downtime');
    await loseDisk();
    const held = await log.held('node-down', lost);
    expect(commandsOf(held)).toContain(`exclude ${runId} ${lost} --reason "…"`);
    await ok(['exclude', runId, lost, '--reason', 'its disk is gone']);
    const end = await log.end();
    expect(end.state).toBe('done');
    expect(end.endReason).toContain(`${lost} was excluded by`);
    const { nodes } = (await fleet.cliJson(['report', runId])) as ReportDocument;
    expect(nodes.filter(({ downtimeMs }) => downtimeMs !== null).map(({ instance }) => instance)).toEqual(['pg-2', 'pg-1']);
  });
});
