/** The brake: a release that looks sound and cannot start is stopped at the canary and taken back by Drydock alone. */
import { z } from 'zod';
import type { BrakeReport } from './demo-report.ts';
import type { DemoFleet } from './fleet.ts';
import type { Narrator } from './narrator.ts';
import { type PrimaryTurn, travel } from './stage-upgrade.ts';

const rolledBack = 7;
const healthyLimitMs = 60_000;
const versionsSchema = z.object({ versions: z.array(z.string()) });

interface Offer {
  readonly running: string;
  readonly broken: string;
  readonly primary: PrimaryTurn;
}

/** Offers the broken release to a healthy cluster that runs `running`. */
export async function offerBroken(fleet: DemoFleet, narrator: Narrator, { running, broken, primary }: Offer): Promise<BrakeReport> {
  const { run } = await travel(fleet, narrator, { from: running, to: broken, primary, endsWith: rolledBack });
  return { state: run.state, reason: run.reason, clusterHealthy: await isHealthyOn(fleet, running) };
}

/** What the controller and, behind it, the databases say: all in service, all on this version. */
async function isHealthyOn(fleet: DemoFleet, version: string): Promise<boolean> {
  try {
    await fleet.waitHealthy(healthyLimitMs);
  } catch {
    return false;
  }
  const { versions } = versionsSchema.parse(await fleet.cliJson(['cluster', 'show', fleet.cluster]));
  return versions.length === 1 && versions[0] === version;
}
