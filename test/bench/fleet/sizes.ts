/** One size of fleet, from an empty controller to all agents back after kill -9. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { openStore } from '../../../controller/store/sqlite-store.ts';
import { waitFor } from '../../../demo/wait.ts';
import { initialise } from '../../identities.ts';
import { cpuMs } from '../cpu.ts';
import { median } from '../figures.ts';
import { bareAdmissionMs } from './bare-server.ts';
import { type BenchController, benchController, type LoopDelay, storeIn, timed } from './controller.ts';
import { clusterName, databaseIdOf, instanceName, nodesPerCluster } from './names.ts';
import { type Connecting, type Swarm, startSwarm } from './swarm.ts';

export interface SizeFigures {
  readonly agents: number;
  /** CPU that a server without the product takes to admit one of as many agents, or of as many as are enough to tell. */
  readonly bareMs: number;
  /** From the first stream to the last welcome, and what each cost the controller. */
  readonly admittedMs: number;
  readonly admissionCpuMs: number;
  /** Of one core, percent. */
  readonly idleCpu: number;
  readonly idleLoop: LoopDelay;
  readonly rssBytes: number;
  readonly lists: readonly ListFigure[];
  /** A scrape of /metrics: how long, how many bytes. */
  readonly scrapeMs: number;
  readonly scrapeBytes: number;
  /** After kill -9: from the ready controller to the last agent, and what each cost. */
  readonly backMs: number;
  readonly backCpuMs: number;
  /** What of that was idle work of agents that were connected again, at the pace of an idle fleet. */
  readonly backIdleMs: number;
  readonly backLoop: LoopDelay;
}

export interface ListFigure {
  readonly command: string;
  /** null: it failed, and `why` says how. */
  readonly ms: number | null;
  readonly why: string;
  /** What the command and the controller computed for it, one after the other: what it takes where nothing else runs. */
  readonly cpuMs: number;
  /** How long the loop of the controller was kept meanwhile. */
  readonly loopMs: number;
  readonly computedMs: number;
  /** Streams that were lost meanwhile. */
  readonly lost: number;
}

export interface SizeOptions {
  readonly idleMs: number;
  readonly perSecond: number;
  readonly rounds: number;
  readonly say: (line: string) => void;
}

const admissionLimitMs = 900_000;
/** After the last welcome: the first facts are in, and beats have spread. */
const settleMs = 10_000;
const mostBare = 1_000;

export async function measureSize(agents: number, options: SizeOptions): Promise<SizeFigures> {
  const { say } = options;
  const bareAgents = Math.min(agents, mostBare);
  const bareMs = await bareAdmissionMs(bareAgents, options.perSecond, admissionLimitMs);
  say(`a bare server admits ${bareAgents} agents with ${bareMs.toFixed(2)} ms of CPU each`);
  const dir = mkdtempSync(join(tmpdir(), 'drydock-bench-fleet-'));
  await adoptAll(dir, agents);
  const controller = await benchController(dir);
  await initialise(dir);
  await controller.start();
  const atStart = controller.cpuMs();
  const swarm = await startSwarm(controller.address, agents, options.perSecond);
  try {
    const admitted = await swarm.untilAllConnected(admissionLimitMs);
    const admissionCpuMs = (controller.cpuMs() - atStart) / agents;
    say(`${agents} agents connected in ${seconds(admitted.ms)}, ${admissionCpuMs.toFixed(2)} ms of CPU each`);
    await pause(settleMs);
    const idle = await measureIdle(controller, options.idleMs);
    say(`idle: ${idle.cpu.toFixed(2)} % of a core, loop at most ${idle.loop.maxMs.toFixed(0)} ms`);
    const lists: ListFigure[] = [];
    for (const command of ['version', 'host list', 'cluster list', 'run list', 'snapshot list']) {
      const figure = await measureList(controller, swarm, command, options.rounds);
      say(
        `${command}: ${figure.ms === null ? figure.why : seconds(figure.ms)}, ${figure.cpuMs.toFixed(0)} ms of CPU, loop ${figure.loopMs.toFixed(0)} ms (${figure.computedMs.toFixed(0)} ms of CPU), ${figure.lost} streams lost`,
      );
      lists.push(figure);
      if (figure.lost > 0) await swarm.untilAllConnected(admissionLimitMs);
    }
    const scrape = await timed(async () => (await fetch(controller.metricsUrl)).text());
    const rssBytes = controller.rssBytes();
    const back = await killAndWait(controller, swarm);
    const backIdleMs = ((idle.cpu / 100) * back.agentMs) / agents / agents;
    say(
      `all back ${seconds(back.ms)} after the controller was ready, ${back.cpuMs.toFixed(2)} ms of CPU each, ${backIdleMs.toFixed(2)} of it idle`,
    );
    return {
      ...{ agents, bareMs, admittedMs: admitted.ms, admissionCpuMs, idleCpu: idle.cpu, idleLoop: idle.loop, rssBytes, lists },
      ...{ scrapeMs: scrape.ms, scrapeBytes: scrape.result.length, backMs: back.ms, backCpuMs: back.cpuMs },
      ...{ backIdleMs, backLoop: back.loop },
    };
  } finally {
    await swarm.stop();
    await controller.kill();
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Written into the store before the controller starts, as if a person had adopted every cluster long ago. */
export async function adoptAll(dir: string, agents: number): Promise<void> {
  const store = openStore({ file: storeIn(dir) });
  for (let cluster = 0; cluster * nodesPerCluster < agents; cluster++) {
    const numbers = [0, 1, 2].map((node) => cluster * nodesPerCluster + node).filter((number) => number < agents);
    const name = clusterName(cluster);
    const [expectedMembers, instances] = [numbers.length, numbers.map(instanceName)];
    const record = { cluster: name, engine: 'postgresql', databaseId: databaseIdOf(name), expectedMembers, instances, adoptedAtMs: 1 };
    await store.adoptCluster(record, 'w-before', 'bench');
    await store.labelCluster({ cluster: name, set: { env: cluster % 10 === 0 ? 'prod' : 'test' }, remove: [] }, 1, 'bench');
  }
  await store.close();
}

async function measureIdle(controller: BenchController, idleMs: number): Promise<{ readonly cpu: number; readonly loop: LoopDelay }> {
  await controller.loopDelay();
  const before = controller.cpuMs();
  const { ms } = await timed(() => pause(idleMs));
  return { cpu: (100 * (controller.cpuMs() - before)) / ms, loop: await controller.loopDelay() };
}

async function measureList(controller: BenchController, swarm: Swarm, command: string, rounds: number): Promise<ListFigure> {
  const lostBefore = swarm.losses();
  const samples: number[] = [];
  const cpuSamples: number[] = [];
  let [loopMs, computedMs] = [0, 0];
  let why = '';
  for (let round = 0; round < rounds && why === ''; round++) {
    await controller.loopDelay();
    const usedMs = controller.cpuMs() + cpuMs([process.pid]);
    const { ms, result } = await timed(() => controller.cli([...command.split(' '), '-o', 'json']));
    cpuSamples.push(controller.cpuMs() + cpuMs([process.pid]) - usedMs);
    const delay = await controller.loopDelay();
    [loopMs, computedMs] = [Math.max(loopMs, delay.maxMs), Math.max(computedMs, delay.computedMs)];
    if (result.exitCode === 0) samples.push(ms);
    else why = `failed: ${result.stderr.trim().slice(0, 200)}`;
  }
  // A stream that a blocked loop cost is missed by keepalive and news only a little later.
  await pause(1_000);
  return {
    command,
    ms: why === '' ? median(samples) : null,
    why,
    cpuMs: median(cpuSamples),
    loopMs,
    computedMs,
    lost: swarm.losses() - lostBefore,
  };
}

async function killAndWait(
  controller: BenchController,
  swarm: Swarm,
): Promise<Connecting & { readonly cpuMs: number; readonly loop: LoopDelay }> {
  await controller.kill();
  await waitFor('the end of all streams', 60_000, new AbortController().signal, async () =>
    swarm.connected() === 0 ? { seen: true } : { notYet: `${swarm.connected()} are connected` },
  );
  await controller.start();
  const started = controller.cpuMs();
  // What its own start takes is no matter of the agents.
  await controller.loopDelay();
  const back = await swarm.untilAllConnected(admissionLimitMs);
  return { ...back, cpuMs: (controller.cpuMs() - started) / swarm.agents, loop: await controller.loopDelay() };
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)} s`;
