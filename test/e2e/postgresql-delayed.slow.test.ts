/** A standby that replays an hour late on purpose, in a cluster that writes all the time: restarted with the others, and rolled back with them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterDocument } from '../../common/documents/fleet.ts';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { waitFor } from '../../demo/wait.ts';
import { executeSql } from './fleet-sql.ts';

let fleet: DemoFleet;
const never = new AbortController().signal;

beforeAll(async () => {
  fleet = await startFleet({});
  await fleet.adopt();
  await fleet.addRelease('16.4');
  await fleet.addRelease('16.14');
  await executeSql(fleet, 'pg-2', `ALTER SYSTEM SET recovery_min_apply_delay = '1h'`);
  await executeSql(fleet, 'pg-2', 'SELECT pg_reload_conf()');
}, 240_000);

afterAll(() => fleet?.stop(), 60_000);

async function ok(args: readonly string[], expected = 0): Promise<string> {
  const { exitCode, stdout, stderr } = await fleet.cli(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not ${expected}: ${stderr}${stdout}`);
  return stdout;
}

async function planned(args: readonly string[]): Promise<PlanShownDocument> {
  const made = (await fleet.cliJson(['plan', fleet.cluster, ...args, '--settle', '200ms'])) as PlanShownDocument;
  if (made.planId === undefined) throw new Error(`no plan: ${JSON.stringify(made)}`);
  return made;
}

const status = async (run: string) => (await fleet.cliJson(['status', run])) as RunDocument;

describe('12.B5: a delayed standby', () => {
  it('is named in the plan with its delay, is no canary and does not take over', async () => {
    const { plan } = await planned(['--to', '16.14', '--primary', 'switchover']);
    expect(plan.risks.join('\n')).toContain('pg-2: its replay is delayed by 1 h (recovery_min_apply_delay)');
    expect(plan.succession?.to).toBe('pg-3');
    const turns = plan.hops.flatMap((hop) => hop.phases.flatMap((phase) => phase.waves.flatMap((wave) => wave.turns)));
    expect(turns.filter(({ disruptive }) => disruptive).map(({ instance }) => instance)).toEqual(['pg-3', 'pg-2', 'pg-1']);
  });

  it('is rolled back with a backlog that it has not replayed, and the run does not end stuck', async () => {
    const clients = await fleet.startClients();
    const { planId, runId } = await approve(fleet, await planned(['--to', '16.14', '--soak', '10m']));
    await ok(['run', planId, '--detach']);
    await waitFor('the soak', 90_000, never, async () => {
      const { turns, state, holds } = await status(runId);
      if (state !== 'active' || holds.some(({ releasedBy }) => releasedBy === 'person'))
        throw new Error(`${state}: ${JSON.stringify(holds)}`);
      return turns.some((turn) => turn.phase === 'soak' && turn.state === 'open') ? { seen: true } : { notYet: 'not in its soak' };
    });
    const { members } = (await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument;
    expect(members.every(({ version }) => version === '16.14')).toBe(true);
    await ok(['rollback', runId, '--reason', 'the soak shows slow queries']);
    await ok(['watch', runId, '--wait', '--timeout', '2m'], 7);
    expect(((await fleet.cliJson(['cluster', 'show', fleet.cluster])) as ClusterDocument).versions).toEqual(['16.4']);
    expect((await clients.end()).lost).toBe(0);
  }, 240_000);

  it('holds nothing up when a plan is made while it has not connected again', async () => {
    const { planId, digest } = await planned(['--restart']);
    await ok(['approve', planId ?? '', '--digest', digest]);
    await ok(['run', planId ?? '', '--wait', '--timeout', '2m']);
  }, 150_000);
});
