/**
 * `npm run bench [-- --report FILE] [--rounds N] [--cycles N] [--only write-gap|agent-memory|cassandra|ozone]`: the figures
 * that Drydock promises, both sides in one run on this machine, interleaved; Cassandra's and Ozone's are had alone, for they take half an hour each.
 * Prints a table; exits 1 when a figure is over its limit by more than the spread of its own samples explains, or could not be measured.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startFleet } from '../../demo/fleet.ts';
import { root } from '../../demo/programs.ts';
import { agentMemoryFigures } from './agent-memory.ts';
import { allAccept } from './by-hand.ts';
import { cassandraFigures } from './cassandra/figures.ts';
import { absoluteFigure, type Figure, printFigures, verdictOf } from './figures.ts';
import { ozoneFigures } from './ozone/figures.ts';
import { rollFigures } from './roll-figures.ts';
import { writeGapFigures } from './write-gap.ts';

const parts = ['write-gap', 'agent-memory', 'cassandra', 'ozone'] as const;

const { values: flags } = parseArgs({
  options: {
    report: { type: 'string' },
    rounds: { type: 'string', default: '2' },
    cycles: { type: 'string', default: '3' },
    only: { type: 'string' },
  },
});
if (flags.only !== undefined && !parts.some((part) => part === flags.only))
  throw new Error(`--only ${flags.only}: the parts that can be had alone are ${parts.join(', ')}`);
const rounds = countOf('rounds');
const cycles = countOf('cycles');

function countOf(flag: 'rounds' | 'cycles'): number {
  const count = Number(flags[flag]);
  if (!Number.isInteger(count) || count < 1) throw new Error(`--${flag} ${flags[flag]}: a whole number from 1 is wanted`);
  return count;
}

function helpStart(): Figure {
  const program = join(root, 'dist/drydock.js');
  const samples = Array.from({ length: 11 }, () => {
    const begunMs = performance.now();
    const run = spawnSync(process.execPath, [program, '--help']);
    if (run.status !== 0) throw new Error(`${program} --help ended with ${run.status}: ${run.stderr}`);
    return performance.now() - begunMs;
  });
  return absoluteFigure('drydock --help', samples, 'ms', 250, 'built bin, median');
}

/** What three nodes are needed for. */
async function fleetFigures(): Promise<readonly Figure[]> {
  const fleet = await startFleet({ say });
  try {
    await allAccept(fleet);
    await fleet.adopt();
    await fleet.addRelease('16.4');
    await fleet.addRelease('16.14');
    // Write gaps last: a switchover moves the primary, which the rolls expect on the first node.
    const others = flags.only === undefined ? [helpStart(), ...(await rollFigures(fleet, rounds, say))] : [];
    return [...others, ...(await writeGapFigures(fleet, rounds, say))];
  } finally {
    await fleet.stop();
  }
}

const say = (line: string) => console.error(line);

async function wanted(): Promise<readonly Figure[]> {
  if (flags.only === 'cassandra') return cassandraFigures(rounds, say);
  if (flags.only === 'ozone') return ozoneFigures(rounds, say);
  const memory = flags.only === 'write-gap' ? [] : await agentMemoryFigures(cycles, say);
  return flags.only === 'agent-memory' ? memory : [...memory, ...(await fleetFigures())];
}

const figures = await wanted();
console.log(printFigures(figures));
const reported = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
if (flags.report !== undefined) writeFileSync(flags.report, `${JSON.stringify({ node: process.version, figures: reported }, null, 2)}\n`);
process.exitCode = reported.some(({ verdict }) => verdict === 'over' || verdict === 'not measured') ? 1 : 0;
