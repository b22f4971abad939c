/**
 * How long a real Ozone cluster takes no key while it is upgraded and rolled back as a whole: by Drydock, then by the same steps in a script, in turns.
 * Each finds the release on every host; nothing settles. Clients put and get keys without pause.
 */
import { join } from 'node:path';
import type { PlanShownDocument } from '../../../common/documents/plans.ts';
import { approve } from '../../../demo/base-fleet.ts';
import { type OzoneFleet, startOzoneFleet } from '../../../demo/ozone/fleet.ts';
import { installOzone } from '../../../demo/ozone/install.ts';
import { layOutOzoneRelease } from '../../../demo/ozone/releases.ts';
import { type Figure, ratioFigure } from '../figures.ts';
import { hopByScript } from './by-script.ts';

const older = '2.2.0';
const newer = '2.2.1';
const healthyMs = 10 * 60_000;
/** Of commands that wait for the run, and how they end. */
const waiting = ['--wait', '--timeout', '40m'];
const exitCodes = { done: 0, rolledBack: 7, needsPerson: 8 } as const;

/** Boots a fleet of its own, and installs what that needs. Throws when an acknowledged key was lost. */
export async function ozoneFigures(rounds: number, say: (line: string) => void): Promise<readonly Figure[]> {
  await installOzone([older, newer], say);
  const fleet = await startOzoneFleet({ version: older, say });
  try {
    await fleet.importRules();
    await fleet.adopt();
    await fleet.addRelease(newer);
    for (const { dir } of fleet.layout.nodes) await layOutOzoneRelease(newer, join(dir, 'releases', newer));
    const downtimes: Record<'drydock' | 'script', number[]> = { drydock: [], script: [] };
    for (let round = 1; round <= rounds; round++) {
      say(`round ${round} of ${rounds}, no key taken, there and back`);
      for (const [side, hops] of [
        ['drydock', thereAndBackByDrydock],
        ['script', thereAndBackByScript],
      ] as const) {
        const took = await hops(fleet);
        // Not in between: what a script lays out has no mark of Drydock's, so that the controller does not count it as whole.
        await fleet.waitHealthy(healthyMs);
        downtimes[side].push(...took);
        say(`  by ${side}: ${took.map((each) => `${(each / 1000).toFixed(1)} s`).join(', ')}`);
      }
    }
    const note = 'longest between two acknowledged keys, upgrade and rollback; against the same steps by a script';
    return [ratioFigure('write downtime, Ozone', downtimes.drydock, downtimes.script, 1.1, note)];
  } finally {
    await fleet.stop();
  }
}

/** Rests as soon as it is up, and goes back as soon as it rests. */
async function thereAndBackByDrydock(fleet: OzoneFleet): Promise<readonly number[]> {
  const asked = ['plan', fleet.cluster, '--to', newer, '--settle', '0s', '--soak', '0s', '--again'];
  const { planId, runId } = await approve(fleet, (await fleet.cliJson(asked)) as PlanShownDocument);
  await command(fleet, ['run', planId, ...waiting], exitCodes.needsPerson);
  const there = await downtimeOf(fleet, async () => {
    await command(fleet, ['confirm', runId, `h1.consent.${fleet.cluster}.consent`, '--reason', 'announced'], exitCodes.done);
    await command(fleet, ['watch', runId, ...waiting], exitCodes.needsPerson);
  });
  const back = await downtimeOf(fleet, async () => {
    await command(fleet, ['rollback', runId, '--reason', 'measured'], exitCodes.done);
    await command(fleet, ['watch', runId, ...waiting], exitCodes.rolledBack);
  });
  return [there, back];
}

async function thereAndBackByScript(fleet: OzoneFleet): Promise<readonly number[]> {
  const stash = join(fleet.dir, 'bench');
  const there = await downtimeOf(fleet, () => hopByScript(fleet, { release: newer, flag: '--upgrade', stash }));
  const back = await downtimeOf(fleet, () => hopByScript(fleet, { release: older, flag: '--downgrade', stash }));
  return [there, back];
}

async function downtimeOf(fleet: OzoneFleet, hop: () => Promise<void>): Promise<number> {
  const clients = await fleet.startClients();
  try {
    await hop();
    const { longestWriteGapMs, lost, damaged } = await clients.end();
    if (lost + damaged > 0) throw new Error(`of the keys that were acknowledged ${lost} were lost and ${damaged} damaged`);
    return longestWriteGapMs;
  } finally {
    await clients.kill();
  }
}

async function command(fleet: OzoneFleet, args: readonly string[], expected: number): Promise<void> {
  const { exitCode, stderr } = await fleet.cli(args);
  if (exitCode !== expected) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}, not ${expected}: ${stderr}`);
}
