/**
 * What a built agent weighs: idle, and after cycles against its own idle. A cycle is an upgrade and a downgrade of a real PostgreSQL, with everything
 * that swells an agent: releases fetched, hashed and unpacked on both ways, a snapshot taken before the upgrade. One node, and nothing settles: the
 * agent does the same beside others, and a hundred cycles must come to an end.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type DemoFleet, startFleet } from '../../demo/fleet.ts';
import type { NodeName } from '../../demo/layout.ts';
import { programArgv, root } from '../../demo/programs.ts';
import { cpuMs, statFields } from './cpu.ts';
import { absoluteFigure, type Figure, ratioFigure } from './figures.ts';
import { memoryOf } from './memory.ts';
import { nodeExporterMemory } from './node-exporter.ts';
import { rollByDrydock } from './rolls.ts';

const megabyte = 1024 * 1024;
const node: NodeName = 'pg-1';
/** Of nothing but beats and probes, before anything is measured; no collection is asked for meanwhile. */
const restMs = 30_000;
const watchedMs = 60_000;
const sampledEveryMs = 5_000;
const healthyMs = 120_000;
const snapshotFlags = ['--snapshot', '--keep-snapshots', '1m'];

interface Idle {
  /** RssAnon, megabytes. */
  readonly memory: readonly number[];
  /** Of one core, percent. */
  readonly agentCpu: number;
  readonly databaseCpu: number;
}

/** Boots a fleet of its own. Fails where the agent that would run is not the built one. */
export async function agentMemoryFigures(cycles: number, say: (line: string) => void): Promise<readonly Figure[]> {
  const [, program] = programArgv('drydock-agent');
  if (program !== join(root, 'dist/drydock-agent.js')) throw new Error(`the agent would run as ${program}: build it (npm run build)`);
  const fleet = await startFleet({ say, nodes: [node] });
  try {
    await fleet.adopt();
    await fleet.addRelease('16.4');
    await fleet.addRelease('16.14');
    const before = await idle(fleet);
    say(`idle: ${shown(before)}`);
    const after = await playCycles(fleet, cycles, say);
    return figuresOf(before, after, cycles);
  } finally {
    await fleet.stop();
  }
}

async function playCycles(fleet: DemoFleet, cycles: number, say: (line: string) => void): Promise<Idle> {
  const { pid } = await fleet.host(node).state('drydock-agent');
  for (let cycle = 1; cycle <= cycles; cycle++) {
    await rollByDrydock(fleet, '16.14', snapshotFlags);
    await fleet.waitHealthy(healthyMs);
    await rollByDrydock(fleet, '16.4', ['--downgrade']);
    await fleet.waitHealthy(healthyMs);
    if (cycle % 5 === 0 || cycle === cycles) say(`${cycle} of ${cycles} cycles; right after: ${memoryNow(fleet).toFixed(1)} MB`);
  }
  const after = await idle(fleet);
  say(`after ${cycles} cycles: ${shown(after)}`);
  if ((await fleet.host(node).state('drydock-agent')).pid !== pid)
    throw new Error('the agent was started anew in the middle of the cycles');
  return after;
}

/** After a rest. */
async function idle(fleet: DemoFleet): Promise<Idle> {
  await pause(restMs);
  const [agent, database] = [pidOf(fleet, 'agent'), pidOf(fleet, 'postgres')];
  const [agentMs, databaseMs, begunMs] = [cpuMs([agent]), familyCpuMs(database), performance.now()];
  const memory: number[] = [];
  while (performance.now() - begunMs < watchedMs) {
    await pause(sampledEveryMs);
    memory.push(memoryNow(fleet));
  }
  const share = (usedMs: number) => (100 * usedMs) / (performance.now() - begunMs);
  return { memory, agentCpu: share(cpuMs([agent]) - agentMs), databaseCpu: share(familyCpuMs(database) - databaseMs) };
}

const pidOf = (fleet: DemoFleet, program: string): number => Number(readFileSync(join(fleet.dir, node, `${program}.pid`), 'utf8'));
const memoryNow = (fleet: DemoFleet): number => memoryOf(pidOf(fleet, 'agent')).rssAnonBytes / megabyte;
const shown = ({ memory, agentCpu, databaseCpu }: Idle): string =>
  `${memory.map((each) => each.toFixed(1)).join(', ')} MB; ${agentCpu.toFixed(2)} % of a core, ${databaseCpu.toFixed(2)} % in the database`;

/** The server with everything that it started. */
function familyCpuMs(postmaster: number): number {
  const children = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && statFields(Number(name))[3] === String(postmaster));
  return cpuMs([postmaster, ...children.map(Number)]);
}

async function figuresOf(before: Idle, after: Idle, cycles: number): Promise<readonly Figure[]> {
  const exporter = await nodeExporterMemory();
  const beside = typeof exporter === 'string' ? exporter : `node_exporter's RSS: ${(exporter.rssBytes / megabyte).toFixed(1)} MB`;
  return [
    absoluteFigure('agent idle RssAnon', before.memory, 'MB', 35, `built agent, one node, ${restMs / 1000} s after its start; ${beside}`),
    ratioFigure(`agent RssAnon after ${cycles} cycles`, after.memory, before.memory, 1.15, 'against its own idle in the same run', 'MB'),
    absoluteFigure('agent idle CPU', [before.agentCpu], '%', 0.3, 'of a core, over 60 s, with a beat every 2 s'),
    absoluteFigure('database CPU beside an idle agent', [before.databaseCpu], '%', 0.1, 'of a core, all that an idle server does'),
  ];
}
