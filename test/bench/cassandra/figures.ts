/**
 * Rolls of a real Cassandra cluster within a series, taken in turns: each goes up by Drydock, and comes down by hand, then by an Ansible playbook.
 * Each roll finds the release staged; nothing settles and no client is there.
 */
import { join } from 'node:path';
import { type CassandraFleet, startCassandraFleet } from '../../../demo/cassandra/fleet.ts';
import { installCassandra } from '../../../demo/cassandra/install.ts';
import { threeRacks } from '../../../demo/cassandra/layout.ts';
import { ansiblePrograms, packageNames } from '../ansible-programs.ts';
import { absoluteFigure, type Figure, missingFigure, ratioFigure } from '../figures.ts';
import { keepRelease, stageAgain } from '../kept-releases.ts';
import { type Rolled, type RolledByDrydock, rollByDrydock } from '../rolls.ts';
import { swapCassandraByHand } from './by-hand.ts';
import { rollCassandraByPlaybook } from './playbook.ts';
import { idleCostFigures, pidOf, turnCostFigures } from './probe-cost.ts';
import { type ToolStart, toolStartsDuring } from './tool-starts.ts';

const older = '4.1.6';
const newer = '4.1.7';
/** Each has its peer, which is all that a turn wants of the others; a third would take its share of the machine and add nothing. */
const places = threeRacks.slice(0, 2);
const healthyMs = 5 * 60_000;
const rollLimit = '40m';

interface Measured {
  readonly byHandMs: number[];
  readonly drydock: { readonly roll: RolledByDrydock; readonly starts: readonly ToolStart[] }[];
  readonly playbook: Rolled[];
}

/** Boots a fleet of its own, and installs what that needs. */
export async function cassandraFigures(rounds: number, say: (line: string) => void): Promise<readonly Figure[]> {
  await installCassandra([older, newer], say);
  const programs = ansiblePrograms();
  if (typeof programs === 'string') say(programs);
  const fleet = await startCassandraFleet({ version: older, places, say });
  try {
    await fleet.adopt();
    await fleet.addRelease(newer);
    const idle = await idleCostFigures(fleet, rounds, say);
    const measured = await rolls(fleet, rounds, typeof programs === 'string' ? null : programs.bin, say);
    return [...rollFigures(measured, typeof programs === 'string' ? programs : null), ...idle, ...turnCostFigures(measured.drydock)];
  } finally {
    await fleet.stop();
  }
}

async function rolls(fleet: CassandraFleet, rounds: number, ansible: string | null, say: (line: string) => void): Promise<Measured> {
  const stash = join(fleet.dir, 'bench');
  const previous = keepRelease(fleet, stash);
  const measured: Measured = { byHandMs: [], drydock: [], playbook: [] };
  for (let round = 1; round <= rounds; round++)
    for (const down of ansible === null ? (['by hand'] as const) : (['by hand', 'by playbook'] as const)) {
      const up = await upByDrydock(fleet);
      measured.drydock.push(up);
      for (const { name, ours, note } of turnCostFigures([up])) say(`  ${name}: ${ours} ms; ${note}`);
      say(
        `round ${round} of ${rounds}: up by Drydock, down for ${seconds(up.roll.downtimesMs)}; overhead ${up.roll.overheadsMs.join(', ')} ms`,
      );
      await fleet.waitHealthy(healthyMs);
      const current = keepRelease(fleet, stash);
      stageAgain(fleet, stash, previous);
      if (down === 'by hand') {
        const took: number[] = [];
        for (const placed of fleet.layout.nodes) {
          took.push(await swapCassandraByHand(fleet, placed, previous, older));
          await fleet.waitHealthy(healthyMs);
        }
        measured.byHandMs.push(...took);
        say(`  down by hand: ${seconds(took)}`);
      } else {
        const roll = await rollCassandraByPlaybook(fleet, ansible ?? '', stash, {
          version: older,
          release: previous,
          previous: current,
          from: newer,
        });
        measured.playbook.push(roll);
        say(`  down by playbook: overhead ${roll.overheadsMs.map((each) => each.toFixed(0)).join(', ')} ms`);
      }
      await fleet.waitHealthy(healthyMs);
      // The playbook removed what it left.
      stageAgain(fleet, stash, current);
    }
  return measured;
}

async function upByDrydock(fleet: CassandraFleet): Promise<Measured['drydock'][number]> {
  const agents = new Map(fleet.layout.nodes.map(({ name }) => [name, pidOf(fleet, name, 'agent')]));
  const rolling = rollByDrydock(fleet, newer, ['--soak', '0s'], rollLimit);
  const starts = await toolStartsDuring(agents, rolling);
  return { roll: await rolling, starts };
}

const seconds = (values: readonly number[]): string => values.map((each) => `${(each / 1000).toFixed(1)} s`).join(', ');

function rollFigures({ byHandMs, drydock, playbook }: Measured, notHere: string | null): readonly Figure[] {
  const overheads = drydock.flatMap(({ roll }) => roll.overheadsMs);
  const own = [
    ratioFigure(
      'downtime per node, Cassandra',
      drydock.flatMap(({ roll }) => roll.downtimesMs),
      byHandMs,
      1.1,
      'drain begun to version read back by a client; against drain, stop, switch and start by hand',
    ),
    absoluteFigure(
      'overhead per node, Cassandra',
      overheads,
      'ms',
      null,
      'turn minus the time of Cassandra, its tools and its supervision',
    ),
  ];
  const name = 'overhead per node, Cassandra, Ansible';
  if (notHere !== null) return [...own, missingFigure(name, 1 / 50, notHere)];
  const how = `${packageNames[0]}: serial 1, local, no facts, its own defaults; staged before on both sides`;
  return [
    ...own,
    ratioFigure(
      name,
      overheads,
      playbook.flatMap(({ overheadsMs }) => overheadsMs),
      1 / 50,
      how,
    ),
  ];
}
