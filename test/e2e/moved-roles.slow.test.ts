/** Plans that were approved before the primary moved, on real servers. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { ReportDocument } from '../../common/documents/runs.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';

const patienceMs = 90_000;
let fleet: DemoFleet;

beforeAll(async () => {
  fleet = await startFleet();
  await fleet.adopt();
  await fleet.addRelease('16.14');
});

afterAll(async () => {
  await fleet?.stop();
});

async function approved(...asked: readonly string[]): Promise<{ readonly planId: string; readonly runId: string }> {
  return approve(fleet, (await fleet.cliJson(['plan', fleet.cluster, ...asked, '--settle', '100ms'])) as PlanShownDocument);
}

it('12.B12: go on where they say the truth all the same, primary last, and are refused with the command that plans them again where not', async () => {
  await fleet.waitHealthy(patienceMs);
  const inPlace = await approved('--to', '16.14');
  const handingOver = await approved('--to', '16.14', '--primary', 'switchover');
  const moving = await approved('--restart', '--primary', 'switchover');
  expect((await fleet.cli(['run', moving.planId, '--wait', '--timeout', '2m'])).exitCode).toBe(0);
  await fleet.waitHealthy(patienceMs);

  const shown = (await fleet.cliJson(['plan', 'show', inPlace.planId])) as PlanShownDocument;
  const leads = shown.moved.find(({ now }) => now === 'primary')?.instance ?? '';
  expect(shown.moved).toContainEqual({ instance: 'pg-1', planned: 'primary', now: 'standby' });

  const refused = await fleet.cli(['run', handingOver.planId, '--detach']);
  expect(refused.exitCode).toBe(3);
  expect(refused.stderr).toContain(`${leads} is primary now, but the plan hands writes over from pg-1 to ${leads}`);
  expect(refused.stderr).toContain(`plan again: drydock plan ${fleet.cluster} --to 16.14 --primary switchover`);

  const ran = await fleet.cli(['run', inPlace.planId, '--wait', '--timeout', '2m']);
  expect(ran.exitCode, ran.stderr).toBe(0);
  const { nodes } = (await fleet.cliJson(['report', inPlace.runId])) as ReportDocument;
  expect(nodes.at(-1)).toMatchObject({ instance: leads, role: 'primary', version: '16.14' });
  expect(nodes.slice(0, -1).map(({ role }) => role)).toEqual(['standby', 'standby']);
});
