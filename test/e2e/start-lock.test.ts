/** P16 on a real cluster: between the stop and the end of a downtime order neither a person nor a boot starts the database. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { PlanShownDocument } from '../../common/documents/plans.ts';
import type { RunDocument } from '../../common/documents/runs.ts';
import { toFailure } from '../../common/failure.ts';
import { approve } from '../../demo/base-fleet.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { databaseUnit, type NodeName, nodeNames } from '../../demo/layout.ts';

const lockOf = (fleet: DemoFleet, name: NodeName) => join(fleet.host(name).dir, 'agent-state', 'locks', databaseUnit(name));

/** Often: a downtime is over within a fraction of a second. */
const firstLocked = (fleet: DemoFleet): Promise<NodeName> =>
  vi.waitUntil(() => nodeNames.find((name) => existsSync(lockOf(fleet, name))), { timeout: 120_000, interval: 2 });

const startByHand = (fleet: DemoFleet, name: NodeName) =>
  fleet
    .host(name)
    .start(databaseUnit(name))
    .then(
      ({ active }) => active,
      (thrown) => toFailure(thrown).code,
    );

const isRunning = async (fleet: DemoFleet, name: NodeName) => (await fleet.host(name).state(databaseUnit(name))).active;

describe('the start lock on a real cluster', () => {
  let fleet: DemoFleet;

  beforeAll(async () => {
    fleet = await startFleet();
    await fleet.adopt();
  });
  afterAll(async () => {
    await fleet?.stop();
  });

  it('P16 P20 keeps a database down that its killed agent had stopped, until the agent is back and ends the downtime', async () => {
    // A restart stops and starts as an upgrade does, and nothing has to be packed and staged for it on three hosts.
    const shown = (await fleet.cliJson(['plan', fleet.cluster, '--restart', '--settle', '500ms'])) as PlanShownDocument;
    const { planId, runId } = await approve(fleet, shown);
    expect((await fleet.cli(['run', planId, '--detach'])).exitCode).toBe(0);

    const name = await firstLocked(fleet);
    await fleet.killAgent(name);
    // It may have been killed before it had asked for the stop; from here on the database is down in any case.
    await fleet.host(name).stop(databaseUnit(name));
    expect(await startByHand(fleet, name)).toBe('held');
    expect(await isRunning(fleet, name)).toBe(false);

    // The boot starts the agent again, too, which takes longer than these probes.
    await fleet.host(name).reboot();
    expect(await isRunning(fleet, name)).toBe(false);
    expect(await startByHand(fleet, name)).toBe('held');

    // One program that waits: to ask for the status again and again would take a whole core.
    expect((await fleet.cli(['watch', runId, '--wait', '--timeout', '2m'])).exitCode).toBe(0);
    const run = (await fleet.cliJson(['status', runId])) as RunDocument;
    expect(run.state, run.endReason ?? '').toBe('done');
    expect(nodeNames.filter((each) => existsSync(lockOf(fleet, each)))).toEqual([]);

    await fleet.host(name).stop(databaseUnit(name));
    expect(await startByHand(fleet, name)).toBe(true);
    await fleet.waitHealthy(60_000);
  });
});
