/**
 * `npm run bench [-- --report FILE] [--rounds N] [--only write-gap]`: the figures that Drydock promises, both sides in one run on this machine, interleaved.
 * Prints a table; exits 1 when a figure is over its limit by more than the spread of its own samples explains, or could not be measured.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import { root } from '../../demo/programs.ts';
import { allAccept } from './by-hand.ts';
import { absoluteFigure, type Figure, printFigures, verdictOf } from './figures.ts';
import { memoryOf } from './memory.ts';
import { nodeExporterMemory } from './node-exporter.ts';
import { rollFigures } from './roll-figures.ts';
import { writeGapFigures } from './write-gap.ts';

const megabyte = 1024 * 1024;

const { values: flags } = parseArgs({
  options: { report: { type: 'string' }, rounds: { type: 'string', default: '2' }, only: { type: 'string' } },
});
if (flags.only !== undefined && flags.only !== 'write-gap')
  throw new Error(`--only ${flags.only}: the one part that can be had alone is write-gap`);
const rounds = Number(flags.rounds);
if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds ${flags.rounds}: a whole number from 1 is wanted`);

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

async function agentMemory(fleet: DemoFleet): Promise<readonly Figure[]> {
  const agents = fleet.layout.nodes.map(({ dir }) => memoryOf(Number(readFileSync(join(dir, 'agent.pid'), 'utf8'))));
  const exporter = await nodeExporterMemory();
  const beside = typeof exporter === 'string' ? null : exporter;
  const figure = (name: string, ours: readonly number[], against: number | null): Figure => {
    const own = absoluteFigure(
      name,
      ours.map((bytes) => bytes / megabyte),
      'MB',
      null,
      '',
    );
    if (against === null) return { ...own, note: String(exporter) };
    return { ...own, against: against / megabyte, value: (own.ours ?? 0) / (against / megabyte), note: 'node_exporter after 6 scrapes' };
  };
  return [
    figure(
      'agent idle RSS',
      agents.map(({ rssBytes }) => rssBytes),
      beside?.rssBytes ?? null,
    ),
    figure(
      'agent idle RssAnon',
      agents.map(({ rssAnonBytes }) => rssAnonBytes),
      beside?.rssAnonBytes ?? null,
    ),
  ];
}

const say = (line: string) => console.error(line);
const fleet = await startFleet({ say });
let figures: readonly Figure[];
try {
  await allAccept(fleet);
  await fleet.adopt();
  const memory = flags.only === undefined ? await agentMemory(fleet) : [];
  await fleet.addRelease('16.4');
  await fleet.addRelease('16.14');
  // Write gaps last: a switchover moves the primary, which the rolls expect on the first node.
  const others = flags.only === undefined ? [helpStart(), ...memory, ...(await rollFigures(fleet, rounds, say))] : [];
  figures = [...others, ...(await writeGapFigures(fleet, rounds, say))];
} finally {
  await fleet.stop();
}
console.log(printFigures(figures));
const reported = figures.map((figure) => ({ ...figure, verdict: verdictOf(figure) }));
if (flags.report !== undefined) writeFileSync(flags.report, `${JSON.stringify({ node: process.version, figures: reported }, null, 2)}\n`);
process.exitCode = reported.some(({ verdict }) => verdict === 'over' || verdict === 'not measured') ? 1 : 0;
