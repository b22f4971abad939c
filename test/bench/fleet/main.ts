/**
 * `npm run bench:fleet [-- --agents 100,1000,10000] [--idle SECONDS] [--rounds N] [--runs 100] [--artifact 50] [--hostile] [--report FILE]`: one controller and many agents over real
 * streams; with `--runs` that many runs at once, each on a cluster of twins of its own, with `--artifact` 64 MiB to that many hosts at once,
 * with `--hostile` runs beside attackers (`--agents ''`: these alone).
 * Prints a table, the exponents of CPU and memory between the smallest and the largest fleet, and what a bare server takes to admit an agent.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureArtifact } from './artifact.ts';
import { measureHostile } from './hostile.ts';
import { measureRuns } from './runs.ts';
import { measureSize, type SizeFigures } from './sizes.ts';
import { printArtifact, printHostile, printRuns, printSizes } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    agents: { type: 'string', default: '100,1000,10000' },
    idle: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '0' },
    artifact: { type: 'string', default: '0' },
    hostile: { type: 'boolean', default: false },
    report: { type: 'string' },
  },
});
const sizes = flags.agents === '' ? [] : flags.agents.split(',').map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size > 0))
  throw new Error(`--agents ${flags.agents}: whole numbers with commas between are wanted`);

/** Streams that a fleet opens in a second when it comes up for the first time. */
const perSecond = 400;

const say = (line: string) => console.error(line);
const measured: SizeFigures[] = [];
if (sizes.length > 0) {
  for (const size of sizes)
    measured.push(await measureSize(size, { idleMs: Number(flags.idle) * 1000, rounds: Number(flags.rounds), perSecond, say }));
  console.log(printSizes(measured));
}
const runs = Number(flags.runs) === 0 ? null : await measureRuns(Number(flags.runs), say);
if (runs !== null) console.log(printRuns(runs));
const artifact = Number(flags.artifact) === 0 ? null : await measureArtifact(Number(flags.artifact), Number(flags.rounds), say);
if (artifact !== null) console.log(printArtifact(artifact));
const hostile = flags.hostile ? await measureHostile(Number(flags.rounds), say) : null;
if (hostile !== null) console.log(printHostile(hostile));
if (flags.report !== undefined)
  writeFileSync(flags.report, `${JSON.stringify({ node: process.version, measured, runs, artifact, hostile }, null, 2)}\n`);
