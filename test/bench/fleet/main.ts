/**
 * `npm run bench:fleet [-- --agents 100,1000,10000] [--idle SECONDS] [--rounds N] [--runs 100] [--report FILE]`: one controller and many agents over real
 * streams; with `--runs` that many runs at once, each on a cluster of twins of its own (`--agents ''`: these alone).
 * Prints a table, the exponents of CPU and memory between the smallest and the largest fleet, and what a bare server takes to admit an agent.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bareAdmissionMs } from './bare-server.ts';
import { measureRuns } from './runs.ts';
import { measureSize, type SizeFigures } from './sizes.ts';
import { printRuns, printSizes } from './table.ts';

const { values: flags } = parseArgs({
  options: {
    agents: { type: 'string', default: '100,1000,10000' },
    idle: { type: 'string', default: '30' },
    rounds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '0' },
    report: { type: 'string' },
  },
});
const sizes = flags.agents === '' ? [] : flags.agents.split(',').map(Number);
if (!sizes.every((size) => Number.isInteger(size) && size > 0))
  throw new Error(`--agents ${flags.agents}: whole numbers with commas between are wanted`);

/** Streams that a fleet opens in a second when it comes up for the first time. */
const perSecond = 400;
const bareAgents = 1_000;

const say = (line: string) => console.error(line);
const measured: SizeFigures[] = [];
let bareMs = 0;
if (sizes.length > 0) {
  bareMs = await bareAdmissionMs(bareAgents, perSecond, 120_000);
  say(`a bare server admits ${bareAgents} agents with ${bareMs.toFixed(2)} ms of CPU each`);
  for (const size of sizes)
    measured.push(await measureSize(size, { idleMs: Number(flags.idle) * 1000, rounds: Number(flags.rounds), perSecond, say }));
  console.log(printSizes(measured, bareMs));
}
const runs = Number(flags.runs) === 0 ? null : await measureRuns(Number(flags.runs), say);
if (runs !== null) console.log(printRuns(runs));
if (flags.report !== undefined)
  writeFileSync(flags.report, `${JSON.stringify({ node: process.version, bareMs, measured, runs }, null, 2)}\n`);
