/** What looking at a node costs it and its host: beside an idle agent and without one, and of each start of nodetool. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { CassandraFleet } from '../../../demo/cassandra/fleet.ts';
import { tools } from '../../../engines/cassandra/tools.ts';
import { cpuMs, endedChildrenCpuMs } from '../cpu.ts';
import { absoluteFigure, type Figure, median, ratioFigure } from '../figures.ts';
import type { RolledByDrydock } from '../rolls.ts';
import { nodetool } from './by-hand.ts';
import type { ToolStart } from './tool-starts.ts';

const restMs = 10_000;
const watchedMs = 45_000;
const ringEveryMs = tools.ring.idleEveryMs;
const calls = 5;

export function pidOf(fleet: CassandraFleet, name: string, program: 'agent' | 'cassandra'): number {
  return Number(readFileSync(join(fleet.dir, name, `${program}.pid`), 'utf8'));
}

/** Nothing else happens meanwhile; agents are ended and started again. */
export async function idleCostFigures(fleet: CassandraFleet, rounds: number, say: (line: string) => void): Promise<readonly Figure[]> {
  const names = fleet.layout.nodes.map(({ name }) => name);
  const databases = names.map((name) => pidOf(fleet, name, 'cassandra'));
  const watched: Record<'beside' | 'alone' | 'agent', number[]> = { beside: [], alone: [], agent: [] };
  for (let round = 1; round <= rounds; round++) {
    const agents = names.map((name) => pidOf(fleet, name, 'agent'));
    const [beside, ofAgents] = await shares([databases, agents]);
    for (const name of names) await fleet.killAgent(name);
    const [alone] = await shares([databases]);
    for (const name of names) await fleet.startAgent(name);
    watched.beside.push(...(beside ?? []));
    watched.agent.push(...(ofAgents ?? []));
    watched.alone.push(...(alone ?? []));
    say(
      `idle, round ${round} of ${rounds}: database ${shown(watched.beside)} beside its agent, ${shown(watched.alone)} without; agent ${shown(watched.agent)}`,
    );
  }
  await fleet.waitHealthy(5 * 60_000);
  const call = await callCost(fleet);
  say(`nodetool status: ${call.toolMs.join(', ')} ms of CPU, in Cassandra ${call.databaseMs.map((each) => each.toFixed(0)).join(', ')} ms`);
  const every = `asked once in ${ringEveryMs / 60_000} min: ${((100 * median(call.toolMs)) / ringEveryMs).toFixed(2)} % of a core`;
  return [
    ratioFigure('Cassandra CPU, idle agent', watched.beside, watched.alone, null, 'of a core; against the same node without an agent', '%'),
    absoluteFigure('agent CPU, idle', watched.agent, '%', null, `of a core, over ${watchedMs / 1000} s; the probe of the ring comes to it`),
    absoluteFigure('nodetool status, CPU', call.toolMs, 'ms', null, every),
    absoluteFigure('nodetool status, CPU in Cassandra', call.databaseMs, 'ms', null, 'less what it takes in the same time when it is idle'),
  ];
}

/** What nodetool took of a turn, all that an agent started of it and who started it for which node. */
export function turnCostFigures(
  rolls: readonly { readonly roll: RolledByDrydock; readonly starts: readonly ToolStart[] }[],
): readonly Figure[] {
  const turns = rolls.flatMap(({ roll, starts }) =>
    roll.turns.map(({ instance, begunMs, endedMs }) =>
      starts.filter(({ host, atMs }) => host === instance && atMs >= begunMs && atMs <= endedMs),
    ),
  );
  const takesOut = ({ verb }: ToolStart) => ['disablebinary', 'disablegossip', 'drain'].includes(verb);
  const cpu = (starts: readonly ToolStart[]) => starts.reduce((sum, start) => sum + start.cpuMs, 0);
  const verbs = [...new Set(turns.flat().map(({ verb }) => verb))].sort();
  const counts = verbs.map((verb) => `${verb} ${(turns.flat().filter((start) => start.verb === verb).length / turns.length).toFixed(1)}`);
  return [
    absoluteFigure('nodetool CPU in a turn', turns.map(cpu), 'ms', null, `starts in a turn: ${counts.join(', ')}`),
    absoluteFigure(
      'of it for probes',
      turns.map((starts) => cpu(starts.filter((start) => !takesOut(start)))),
      'ms',
      null,
      'what is not for taking the node out of service',
    ),
  ];
}

/** Of each process of each group, percent of a core. */
async function shares(groups: readonly (readonly number[])[]): Promise<readonly (readonly number[])[]> {
  await pause(restMs);
  const now = () => groups.map((pids) => pids.map((pid) => cpuMs([pid])));
  const [before, begunMs] = [now(), performance.now()];
  await pause(watchedMs);
  const elapsedMs = performance.now() - begunMs;
  return now().map((group, at) => group.map((used, which) => (100 * (used - (before[at]?.[which] ?? 0))) / elapsedMs));
}

async function callCost(fleet: CassandraFleet): Promise<{ readonly toolMs: readonly number[]; readonly databaseMs: readonly number[] }> {
  const [placed] = fleet.layout.nodes;
  if (placed === undefined) throw new RangeError('a cluster has at least one node');
  const pid = pidOf(fleet, placed.name, 'cassandra');
  const [idleShare = 0] = (await shares([[pid]]))[0] ?? [];
  const toolMs: number[] = [];
  const databaseMs: number[] = [];
  for (let call = 0; call < calls; call++) {
    const [tool, database, begunMs] = [endedChildrenCpuMs(), cpuMs([pid]), performance.now()];
    await nodetool(placed, ['status']);
    toolMs.push(endedChildrenCpuMs() - tool);
    databaseMs.push(Math.max(0, cpuMs([pid]) - database - (idleShare / 100) * (performance.now() - begunMs)));
  }
  return { toolMs, databaseMs };
}

const shown = (values: readonly number[]): string => `${median(values).toFixed(2)} %`;
