/** A backup of the controller's store is restored after a run that it knows nothing of: it must be powerless, say so, and have a way out. */
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { AdoptionDocument } from '../../common/documents/administration.ts';
import type { ClusterDocument, ClusterListDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, nodeNames } from '../../demo/layout.ts';
import { waitFor } from '../../demo/wait.ts';
import { momentComes } from '../kill/strike.ts';

let fleet: DemoFleet;
const never = new AbortController().signal;

beforeAll(async () => {
  fleet = await startFleet({});
  await fleet.adopt();
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
}, 60_000);

async function ok(args: readonly string[], expected = 0): Promise<string> {
  const { exitCode, stdout, stderr } = await fleet.cli(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not ${expected}: ${stderr}${stdout}`);
  return `${stdout}${stderr}`;
}

async function planned(...args: readonly string[]): Promise<PlanShownDocument & { readonly runId: string }> {
  const made = (await fleet.cliJson(['plan', fleet.cluster, '--restart', ...args, '--settle', '200ms'])) as PlanShownDocument;
  return approve(fleet, made);
}

const shown = async () => (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
const stateDir = () => join(fleet.controllerHost.dir, 'state');
const storeFiles = async (dir: string) => (await readdir(dir)).filter((name) => name.startsWith('controller.db'));

/** Of the idle controller, while it runs: what a backup of its disk has. */
async function backUp(): Promise<string> {
  const backup = await mkdtemp(join(fleet.dir, 'backup-'));
  for (const name of await storeFiles(stateDir())) await cp(join(stateDir(), name), join(backup, name));
  return backup;
}

async function restoreEffect(backup: string): Promise<void> {
  await fleet.killController();
  for (const name of await storeFiles(stateDir())) await rm(join(stateDir(), name));
  for (const name of await storeFiles(backup)) await cp(join(backup, name), join(stateDir(), name));
  await fleet.startController();
  await waitFor('the agents', 60_000, never, async () => {
    const { members } = await shown();
    return members.length === 3 && members.every(({ connected, inService }) => connected && inService)
      ? { seen: true }
      : { notYet: 'not linked' };
  });
}

/** One entry for each start of each database. */
const starts = async () => Promise.all(nodeNames.map(async (node) => (await fleet.host(node).state(databaseUnit(node))).invocationId));

async function expectPowerless(planId: string): Promise<void> {
  const before = await starts();
  const { healthy, problems, behind } = await shown();
  expect({ healthy, behind }).toEqual({ healthy: false, behind: expect.stringContaining('older than the fleet') });
  expect(problems).toContainEqual(expect.objectContaining({ check: 'store-behind-fleet', clears: 'person' }));
  const { clusters } = (await fleet.cliJson(['status'])) as ClusterListDocument;
  expect(clusters).toMatchObject([{ healthy: false, behind: expect.stringContaining('drydock controller adopt --reason "…"') }]);
  expect(await ok(['status'])).toContain('store-behind-fleet');
  expect(await ok(['run', planId, '--wait', '--timeout', '1m'], 3)).toContain('older than the fleet');
  expect(await ok(['plan', fleet.cluster, '--restart'], 3)).toContain('older than the fleet');
  expect(await starts()).toEqual(before);
}

async function adopted(): Promise<AdoptionDocument> {
  return (await fleet.cliJson(['controller', 'adopt', '--reason', 'the disk of the controller was lost'])) as AdoptionDocument;
}

async function restartsEveryNode(): Promise<void> {
  const before = await starts();
  const { planId } = await planned();
  await ok(['run', planId, '--wait', '--timeout', '2m']);
  const after = await starts();
  expect(after.filter((id, at) => id !== before[at])).toHaveLength(3);
}

describe('a store that was restored', () => {
  it('12.A1 12.A2 P3 P5: runs the same plan no second time from receipts that answered another, and after adopt restarts every node', async () => {
    const { planId, runId } = await planned();
    const backup = await backUp();
    await ok(['run', planId, '--wait', '--timeout', '2m']);
    await restoreEffect(backup);
    await expectPowerless(planId);

    const { clusters } = await adopted();
    expect(clusters).toMatchObject([{ cluster: fleet.cluster, gaps: [], ended: [{ run: runId, state: 'aborted' }] }]);
    expect(clusters[0]?.learned.filter(({ what }) => what === 'downtime').map(({ run, outcome }) => `${run} ${outcome}`)).toEqual(
      nodeNames.map(() => `${runId} done`),
    );
    expect(await shown()).toMatchObject({ healthy: true, behind: null });
    expect(await ok(['audit', 'fleet'])).toContain('the disk of the controller was lost');
    await ok(['run', planId], 3);
    await restartsEveryNode();
  }, 300_000);

  it('12.A1 P5 P7: after a switchover that was rolled back makes no second primary of the same plan', async () => {
    const { planId, runId } = await planned('--primary', 'switchover');
    const backup = await backUp();
    await ok(['run', planId, '--detach']);
    // Without a standby that could take over, the promotion is refused and the run goes back.
    expect(await momentComes(fleet, 'pg-1', 'held', never)).toBe(true);
    await fleet.host('pg-2').kill(databaseUnit('pg-2'));
    await ok(['rollback', runId, '--reason', 'pg-2 died']);
    await waitFor('the rollback', 120_000, never, async () => {
      await fleet
        .host('pg-2')
        .start(databaseUnit('pg-2'))
        .catch(() => undefined);
      const { state, holds } = (await fleet.cliJson(['status', runId])) as RunDocument;
      return state === 'active' ? { notYet: JSON.stringify(holds) } : { seen: true };
    });
    await fleet.waitHealthy(60_000);
    const leaders = async () => (await shown()).members.filter(({ role }) => role === 'primary').map(({ instance }) => instance);
    expect(await leaders()).toEqual(['pg-1']);
    await restoreEffect(backup);
    await expectPowerless(planId);
    expect(await leaders()).toEqual(['pg-1']);
    await adopted();
    await restartsEveryNode();
    expect(await leaders()).toHaveLength(1);
  }, 300_000);

  it('12.A1 P5: a store whose write-ahead log is gone is powerless, too, and adopt gets it out', async () => {
    const { planId } = await planned();
    const backup = await backUp();
    await ok(['run', planId, '--wait', '--timeout', '2m']);
    const cut = await backUp();
    // What was checkpointed before stays; where that is less than the backup had, the backup stands for it.
    await rm(join(cut, 'controller.db-wal'), { force: true });
    await rm(join(cut, 'controller.db-shm'), { force: true });
    await restoreEffect(cut);
    if (!(await shown()).adopted) await restoreEffect(backup);
    await expectPowerless(planId);
    await adopted();
    await restartsEveryNode();
  }, 300_000);
});
