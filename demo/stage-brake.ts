/** The brake: a release that looks sound and cannot start is stopped at the canary and rolled back by Drydock alone. */
import { z } from 'zod';
import type { ReportDocument } from '../common/documents/runs.ts';
import type { BrakeReport } from './demo-report.ts';
import type { Narrator } from './narrator.ts';
import { type Journey, type PlayedFleet, travel } from './stage-upgrade.ts';

const rolledBack = 7;
/** Java starts slowly where all nodes are on one machine. */
const healthyLimitMs = 300_000;
const versionsSchema = z.object({ versions: z.array(z.string()) });

/** Offers the broken release `to` to a healthy cluster that runs `from`. */
export async function offerBroken(fleet: PlayedFleet, narrator: Narrator, offer: Omit<Journey, 'endsWith'>): Promise<BrakeReport> {
  const { run } = await travel(fleet, narrator, { ...offer, endsWith: rolledBack });
  return brakeReport('the broken release', fleet, run, offer.from);
}

/** What became of a run that was to be rolled back to the version `from`. */
export async function brakeReport(
  what: string,
  fleet: PlayedFleet,
  { state, reason }: ReportDocument['run'],
  from: string,
): Promise<BrakeReport> {
  return { what, state, reason, clusterHealthy: await isHealthyOn(fleet, from) };
}

/** What the controller and, behind it, the databases say: all in service, all on this version. */
async function isHealthyOn(fleet: PlayedFleet, version: string): Promise<boolean> {
  try {
    await fleet.waitHealthy(healthyLimitMs);
  } catch {
    return false;
  }
  const { versions } = versionsSchema.parse(await fleet.cliJson(['cluster', 'show', fleet.cluster]));
  return versions.length === 1 && versions[0] === version;
}
