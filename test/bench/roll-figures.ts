/**
 * Rolls of the fleet, taken in turns: nodes taken to the other release and back by hand, then rolls by Drydock, then by an Ansible playbook, each both ways.
 * Each roll finds the release staged; settling is 0 on both sides. The primary is the first node throughout.
 */
import { join } from 'node:path';
import type { DemoFleet } from '../../demo/fleet.ts';
import type { NodeName } from '../../demo/layout.ts';
import { ansiblePrograms, packageNames } from './ansible-programs.ts';
import type { PlaybookTarget } from './ansible-roll.ts';
import { swapByHand } from './by-hand.ts';
import { absoluteFigure, type Figure, missingFigure, ratioFigure } from './figures.ts';
import { keepRelease, stageAgain } from './kept-releases.ts';
import { rollByPlaybook } from './playbook.ts';
import { type Rolled, type RolledByDrydock, rollByDrydock } from './rolls.ts';

const nodes: readonly NodeName[] = ['pg-2', 'pg-3', 'pg-1'];
const downgrade = ['--downgrade'];

interface Measured {
  readonly byHandMs: number[];
  readonly drydock: RolledByDrydock[];
  readonly playbook: Rolled[];
}

interface Target extends PlaybookTarget {
  readonly flags: readonly string[];
}

/** Begins and ends with 16.4 on all nodes. */
export async function rollFigures(fleet: DemoFleet, rounds: number, say: (line: string) => void): Promise<readonly Figure[]> {
  const programs = ansiblePrograms();
  if (typeof programs === 'string') say(programs);
  const stash = join(fleet.dir, 'bench');
  // Not measured: they bring both releases to the nodes, so that these can be kept.
  await rollByDrydock(fleet, '16.14', []);
  const newer = keepRelease(fleet, stash);
  await rollByDrydock(fleet, '16.4', downgrade);
  const older = keepRelease(fleet, stash);
  const down: Target = { version: '16.4', release: older, previous: newer, flags: downgrade };
  const up: Target = { version: '16.14', release: newer, previous: older, flags: [] };

  const measured: Measured = { byHandMs: [], drydock: [], playbook: [] };
  const byDrydock = async ({ version, release, previous, flags }: Target) => {
    stageAgain(fleet, stash, release);
    // There and back: Drydock finds what it left.
    for (const node of nodes) for (const each of [release, previous]) measured.byHandMs.push(await swapByHand(fleet, node, each));
    measured.drydock.push(await rollByDrydock(fleet, version, flags));
    await fleet.waitHealthy(60_000);
  };
  const byPlaybook = async (target: Target) => {
    if (typeof programs === 'string') return;
    stageAgain(fleet, stash, target.release);
    measured.playbook.push(await rollByPlaybook(fleet, programs.bin, stash, target));
    await fleet.waitHealthy(60_000);
  };
  for (let round = 1; round <= rounds; round++) {
    say(`rolls, round ${round} of ${rounds}`);
    // Twice, for what is measured of it is short: one slow moment of the machine would be a quarter of all.
    for (const target of [up, down, up]) await byDrydock(target);
    await byPlaybook(down);
    await byPlaybook(up);
    await byDrydock(down);
  }
  return [...ownFigures(measured), ...playbookFigures(measured, typeof programs === 'string' ? programs : null)];
}

const overheadsOf = (rolls: readonly Rolled[]) => rolls.flatMap(({ overheadsMs }) => overheadsMs);
const wallsOf = (rolls: readonly Rolled[]) => rolls.map(({ wallMs }) => wallMs);
const restsOf = (rolls: readonly Rolled[]) => rolls.map(({ wallMs, engineMs }) => (wallMs - engineMs) / nodes.length);

function ownFigures({ byHandMs, drydock }: Measured): readonly Figure[] {
  return [
    ratioFigure(
      'downtime per node',
      drydock.flatMap(({ downtimesMs }) => downtimesMs),
      byHandMs,
      1.15,
      'stop begun to version read back in a new session; against stop, activate and start by hand',
    ),
    absoluteFigure('overhead per node', overheadsOf(drydock), 'ms', 100, 'turn minus the time of the engine and its supervision'),
  ];
}

function playbookFigures({ drydock, playbook }: Measured, notHere: string | null): readonly Figure[] {
  const overhead = { name: 'overhead per node, Ansible', atMost: 1 / 50 };
  const wall = { name: 'wall of a roll, Ansible', atMost: 1 / 4 };
  if (notHere !== null) return [overhead, wall].map(({ name, atMost }) => missingFigure(name, atMost, notHere));
  const how = `${packageNames.join(', ')}: serial 1, local, no facts, its own defaults; staged before on both sides`;
  return [
    ratioFigure(overhead.name, overheadsOf(drydock), overheadsOf(playbook), overhead.atMost, `turn minus the engine's time; ${how}`),
    ratioFigure(wall.name, wallsOf(drydock), wallsOf(playbook), wall.atMost, 'from the command to its end, three nodes'),
    ratioFigure('overhead of a roll, Ansible', restsOf(drydock), restsOf(playbook), null, "whole command minus the engine's time, a node"),
  ];
}
