/** A real cluster whose primary hands over, there and back, under clients that check every row; and a restart of every member. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument, RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { fractionalMs } from '../whole-ms.ts';

let fleet: DemoFleet;
/** The member that took over from pg-1. */
let successor = '';
const never = new AbortController().signal;

beforeAll(async () => {
  fleet = await startFleet({});
  await fleet.adopt();
  await fleet.addRelease('16.4');
  await fleet.addRelease('16.14');
}, 120_000);

afterAll(async () => {
  await fleet?.stop();
}, 60_000);

async function ok(args: readonly string[], expected = 0): Promise<string> {
  const { exitCode, stdout, stderr } = await fleet.cli(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not ${expected}: ${stderr}${stdout}`);
  return stdout;
}

async function planned(args: readonly string[]): Promise<PlanShownDocument & { readonly runId: string }> {
  const made = (await fleet.cliJson(['plan', fleet.cluster, ...args, '--settle', '200ms'])) as PlanShownDocument;
  if (made.planId === undefined) throw new Error(`no plan: ${JSON.stringify(made)}`);
  return approve(fleet, made);
}

const status = async (run: string) => (await fleet.cliJson(['status', run])) as RunDocument;

async function roles(): Promise<Record<string, string | null>> {
  const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
  return Object.fromEntries(members.map(({ instance, role }) => [instance, role]));
}

/** Of the others it is the one that was less behind when the plan was made. Throws when not exactly one leads, or pg-1 still does. */
async function whoTookOver(): Promise<string> {
  const seen = await roles();
  const [leader, second] = Object.keys(seen).filter((name) => seen[name] === 'primary');
  if (leader === undefined || leader === 'pg-1' || second !== undefined)
    throw new Error(`nobody took over from pg-1: ${JSON.stringify(seen)}`);
  return leader;
}

const versions = async () => ((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).versions;

describe('M41 a primary that hands over', () => {
  it('rolled back after the handover, leads again, on the release it had, and no acknowledged write is lost', async () => {
    const clients = await fleet.startClients();
    const { planId, runId } = await planned(['--to', '16.14', '--primary', 'switchover', '--soak', '60s']);
    await ok(['run', planId, '--detach']);
    await waitFor('the handover', 60_000, never, async () => {
      const { turns, holds, state } = await status(runId);
      if (state !== 'active' || holds.some((hold) => hold.releasedBy === 'person')) throw new Error(`${state}: ${JSON.stringify(holds)}`);
      return turns.some((turn) => turn.phase === 'soak' && turn.state === 'open') ? { seen: true } : { notYet: 'not in its soak' };
    });
    await whoTookOver();
    await ok(['rollback', runId, '--reason', 'the soak shows slow queries']);
    await ok(['watch', runId, '--wait', '--timeout', '2m'], 7);
    expect(await roles()).toEqual({ 'pg-1': 'primary', 'pg-2': 'standby', 'pg-3': 'standby' });
    expect(await versions()).toEqual(['16.4']);
    const { lost, acknowledged } = await clients.end();
    expect([lost, acknowledged > 0]).toEqual([0, true]);
  }, 180_000);

  it('stays a standby of the one that took over when the run is done', async () => {
    const clients = await fleet.startClients();
    const { planId, runId } = await planned(['--to', '16.14', '--primary', 'switchover', '--again']);
    await ok(['run', planId, '--wait', '--timeout', '2m']);
    successor = await whoTookOver();
    expect(await versions()).toEqual(['16.14']);
    const report = (await fleet.cliJson(['report', runId])) as ReportDocument;
    expect(report.effectsOpen).toBe(0);
    // 13.7: of clocks that measure fractions.
    expect(fractionalMs([report, await status(runId), await fleet.cliJson(['audit', runId])])).toEqual([]);
    expect((await clients.end()).lost).toBe(0);
  }, 120_000);

  it('P16 is a standby still after its host was rebooted', async () => {
    const host = fleet.host('pg-1');
    await host.reboot();
    await fleet.waitHealthy(60_000);
    expect(await whoTookOver()).toBe(successor);
  }, 90_000);
});

describe('a restart of every member', () => {
  it('goes through the same waves, one at a time, and changes no release', async () => {
    const before = await versions();
    const { planId, runId } = await planned(['--restart']);
    await ok(['run', planId, '--wait', '--timeout', '2m']);
    const report = (await fleet.cliJson(['report', runId])) as ReportDocument;
    expect(report.nodes.map((node) => node.instance).sort()).toEqual(['pg-1', 'pg-2', 'pg-3']);
    expect(report.nodes.at(-1)?.instance).toBe(successor);
    expect(await versions()).toEqual(before);
  }, 90_000);
});
