/**
 * `npm run bench [-- --report FILE] [--rounds N]`: the figures that Drydock promises, both sides in one run on this machine, interleaved.
 * Prints a table; exits 1 when a limit is missed.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { AuditListDocument, PlanShownDocument, ReportDocument } from '../../common/documents.ts';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import type { NodeName } from '../../demo/layout.ts';
import { root } from '../../demo/programs.ts';
import { ansiblePrograms, keepRelease, packageNames, rollByPlaybook, stageAgain } from './ansible.ts';
import { allAccept, restartByHand } from './by-hand.ts';
import { absoluteFigure, type Figure, holds, printFigures, ratioFigure } from './figures.ts';
import { memoryOf } from './memory.ts';
import { nodeExporterMemory } from './node-exporter.ts';
import { turnOverheads } from './turn-overhead.ts';

const megabyte = 1024 * 1024;
const standbys: readonly NodeName[] = ['pg-2', 'pg-3'];

const { values: flags } = parseArgs({ options: { report: { type: 'string' }, rounds: { type: 'string', default: '3' } } });
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

/** One upgrade or downgrade through plan, approval and run; returns what its report and its events say, and how long `run` took. */
async function roll(fleet: DemoFleet, to: string, more: readonly string[]) {
  const made = (await fleet.cliJson(['plan', fleet.cluster, '--to', to, '--settle', '0s', ...more])) as PlanShownDocument;
  const expect = async (args: readonly string[]) => {
    const { exitCode, stderr } = await fleet.cli(args);
    if (exitCode !== 0) throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${stderr}`);
  };
  await expect(['approve', made.planId, '--digest', made.digest]);
  const begunMs = performance.now();
  await expect(['run', made.planId, '--wait', '--timeout', '5m']);
  const wallMs = performance.now() - begunMs;
  return {
    wallMs,
    report: (await fleet.cliJson(['report', made.runId])) as ReportDocument,
    audit: (await fleet.cliJson(['audit', made.runId])) as AuditListDocument,
  };
}

async function clusterFigures(fleet: DemoFleet): Promise<readonly Figure[]> {
  const ours: number[] = [];
  const byHand: number[] = [];
  const overheads: number[] = [];
  for (let round = 0; round < rounds; round++) {
    for (const [to, more] of [
      ['16.14', []],
      ['16.4', ['--downgrade']],
    ] as const) {
      for (const node of standbys) byHand.push(await restartByHand(fleet, node));
      const { report, audit } = await roll(fleet, to, more);
      for (const node of report.nodes) if (node.role === 'standby' && node.outOfServiceMs !== null) ours.push(node.outOfServiceMs);
      overheads.push(...turnOverheads(audit));
    }
  }
  return [
    ratioFigure('downtime per standby', ours, byHand, 1.15, 'stop begun to first accepted connection; against stop and start by hand'),
    absoluteFigure('overhead per node', overheads, 'ms', 100, 'turn minus the time of the engine and its supervision'),
  ];
}

/** Between writes that one client gets through: the primary restarted where it is, and handing over to a standby. */
async function writeGaps(fleet: DemoFleet): Promise<readonly Figure[]> {
  const gap = async (to: string, more: readonly string[]): Promise<number> => {
    const clients = await fleet.startClients();
    try {
      await roll(fleet, to, more);
      const { longestWriteGapMs, lost } = await clients.end();
      if (lost > 0) throw new Error(`${lost} acknowledged writes were lost on the way to ${to}`);
      return longestWriteGapMs;
    } finally {
      await clients.kill();
    }
  };
  const switched: number[] = [];
  const restarted: number[] = [];
  for (let round = 0; round < rounds; round++) {
    switched.push(await gap('16.14', ['--primary', 'switchover']));
    restarted.push(await gap('16.4', ['--downgrade']));
  }
  return [
    ratioFigure(
      'write gap, switchover',
      switched,
      restarted,
      null,
      'longest between two acknowledged writes; against restart of the primary',
    ),
  ];
}

/** Overhead and wall of a roll of all nodes, settle 0 on both sides, everything staged before on both sides. */
async function againstPlaybook(fleet: DemoFleet): Promise<readonly Figure[]> {
  const programs = ansiblePrograms();
  if (typeof programs === 'string') throw new Error(programs);
  const stash = join(fleet.dir, 'bench');
  const old = keepRelease(fleet, stash);
  await roll(fleet, '16.14', []);
  const present = keepRelease(fleet, stash);
  await roll(fleet, '16.4', ['--downgrade']);
  const [wall, playbookWall, overhead, playbookOverhead]: [number[], number[], number[], number[]] = [[], [], [], []];
  const count = fleet.layout.nodes.length;
  for (let round = 0; round < rounds; round++) {
    for (const [to, release, more] of [
      ['16.14', present, []],
      ['16.4', old, ['--downgrade']],
    ] as const) {
      // Each way once by either, so that both find the release staged and the other one running.
      const played = await rollByPlaybook(fleet, programs.bin, stash, release, to);
      playbookWall.push(played.wallMs);
      playbookOverhead.push((played.wallMs - played.engineMs) / count);
      await fleet.waitHealthy(60_000);
      if (to === '16.14') await roll(fleet, '16.4', ['--downgrade']);
      else await roll(fleet, '16.14', []);
      stageAgain(fleet, stash, release);
      const ours = await roll(fleet, to, more);
      wall.push(ours.wallMs);
      overhead.push(turnOverheads(ours.audit).reduce((total, ms) => total + ms, 0) / count);
      await fleet.waitHealthy(60_000);
    }
  }
  const note = `${packageNames.join(', ')}, serial 1, local connection; staged before on both sides`;
  return [
    ratioFigure('overhead per node, Ansible', overhead, playbookOverhead, 1 / 50, note),
    ratioFigure('wall of a roll, Ansible', wall, playbookWall, 1 / 4, 'from the command to its end, three nodes'),
  ];
}

const fleet = await startFleet({ say: (line) => console.error(line) });
let figures: readonly Figure[];
try {
  await allAccept(fleet);
  await fleet.adopt();
  const memory = await agentMemory(fleet);
  await fleet.addRelease('16.4');
  await fleet.addRelease('16.14');
  figures = [helpStart(), ...memory, ...(await clusterFigures(fleet)), ...(await writeGaps(fleet)), ...(await againstPlaybook(fleet))];
} finally {
  await fleet.stop();
}
console.log(printFigures(figures));
if (flags.report !== undefined) writeFileSync(flags.report, `${JSON.stringify({ node: process.version, figures }, null, 2)}\n`);
process.exitCode = figures.every(holds) ? 0 : 1;
