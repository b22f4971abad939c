/** How long clients that write without pause get no acknowledgement: handing over to a standby, and the primary restarted where it is. */
import type { DemoFleet } from '../../demo/fleet.ts';
import { type Figure, ratioFigure } from './figures.ts';
import { rollByDrydock } from './rolls.ts';

/** Begins and ends with 16.4; which node is the primary changes. Throws when an acknowledged write was lost. */
export async function writeGapFigures(fleet: DemoFleet, rounds: number, say: (line: string) => void): Promise<readonly Figure[]> {
  const gaps: Record<'switchover' | 'restart', number[]> = { switchover: [], restart: [] };
  for (let round = 1; round <= rounds; round++) {
    say(`write gaps, round ${round} of ${rounds}`);
    for (const way of ['switchover', 'restart'] as const) {
      const gapMs = await writeGap(fleet, '16.14', ['--primary', way]);
      gaps[way].push(gapMs);
      say(`  ${way}: ${gapMs.toFixed(0)} ms`);
      // Not measured: on the way down the primary goes first, and stays it.
      await rollByDrydock(fleet, '16.4', ['--downgrade']);
    }
  }
  const note = 'longest between two acknowledged writes; against restart of the primary';
  return [ratioFigure('write gap, switchover', gaps.switchover, gaps.restart, 1.5, note)];
}

async function writeGap(fleet: DemoFleet, to: string, flags: readonly string[]): Promise<number> {
  const clients = await fleet.startClients();
  try {
    await rollByDrydock(fleet, to, flags);
    const { longestWriteGapMs, lost } = await clients.end();
    if (lost > 0) throw new Error(`${lost} acknowledged writes were lost on the way to ${to}`);
    return longestWriteGapMs;
  } finally {
    await clients.kill();
  }
}
