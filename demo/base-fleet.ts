/** What every fleet on this machine can do, whatever databases it carries: its controller, its hosts and the CLI. */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import type { HeldIdentity } from '../common/identity/identity-folder.ts';
import { type EndedFleet, endedText, endFleet, runDirPrefix } from './end.ts';
import { agentUnit, type ControllerLayout, controllerUnit, type NodeLayout } from './host-layout.ts';
import { bootHost, type DemoHost, hostAt } from './hosts.ts';
import { makeRunDir } from './postgres/cluster.ts';
import { type Ended, runToEnd } from './spawned.ts';
import { enrolHosts, initController, logIn, personIdentity, runDrydock } from './trust.ts';
import { waitFor } from './wait.ts';

export interface BootOptions {
  /** false: the fleet outlives this process. */
  readonly attached?: boolean;
  /** Aborted: starting and waiting end at once; stop() is still the caller's to call. */
  readonly signal?: AbortSignal;
  /** Told what is being done, a line at a time. */
  readonly say?: (line: string) => void;
  /** The hosts run an earlier release, which knows no TLS and has no enrolment; this is its `drydock`. */
  readonly earlier?: readonly [string, ...string[]];
}

export interface BaseLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: ControllerLayout;
  readonly nodes: readonly NodeLayout[];
}

export interface BaseFleet {
  readonly dir: string;
  readonly controllerAddress: string;
  /** What its admin shows the controller. */
  identity(): HeldIdentity;
  /** Runs `drydock` with these arguments against this fleet's controller. */
  cli(args: readonly string[]): Promise<Ended>;
  /** The same with the terminal handed over, for what a person watches. */
  cliOnTerminal(args: readonly string[]): Promise<number>;
  /** Its stdout, parsed. Throws when it is not a JSON document, with what the command said. */
  cliJson(args: readonly string[]): Promise<unknown>;
  controllerHost: DemoHost;
  host(name: string): DemoHost;
  /** kill -9; resolves when it is gone. */
  killController(): Promise<void>;
  /** Resolves when it answers. */
  startController(): Promise<void>;
  killAgent(name: string): Promise<void>;
  startAgent(name: string): Promise<void>;
  /** Waits for agents and databases, then says how many members the cluster has. */
  adoptCluster(cluster: string, members: number, limitMs?: number): Promise<void>;
  /** Brings a release to the controller that `pack` writes as one archive. */
  addArchive(engine: string, version: string, pack: (scratchDir: string, archive: string) => Promise<unknown>): Promise<void>;
  /** Resolves when cluster and controller agree that all is well. */
  waitClusterHealthy(cluster: string, limitMs: number): Promise<void>;
  stop(): Promise<EndedFleet>;
}

const clusterSchema = z.object({ healthy: z.boolean(), problems: z.array(z.object({ detail: z.string() })) });

/** A machine on which every database starts at the same time answers late. */
const answerLimitMs = 90_000;
export const healthyLimitMs = 60_000;

/** Makes a run folder and has it filled and booted; when that fails nothing is left behind. */
export async function inRunDir<T>(say: ((line: string) => void) | undefined, boot: (dir: string) => Promise<T>): Promise<T> {
  const dir = await makeRunDir(runDirPrefix);
  try {
    return await boot(dir);
  } catch (thrown) {
    say?.(endedText(dir, await endFleet(dir)));
    throw thrown;
  }
}

/** Boots the controller and all hosts of a layout; resolves when its admin is logged in and every host enrolled. */
export async function bootFleet(
  layout: BaseLayout,
  { attached = true, signal = new AbortController().signal, earlier }: BootOptions,
): Promise<BaseFleet> {
  const { controller } = layout;
  const bootController = async () => {
    const token = earlier === undefined ? await initController(controller, signal) : null;
    const host = await bootHost(controller, attached, signal);
    if (token !== null) await logIn(layout, token, { limitMs: answerLimitMs, signal, stillRuns: () => controllerRuns(host) });
    return host;
  };
  const nodes = layout.nodes.map((host) => bootHost(host, attached, signal));
  const boots = [bootController(), ...nodes];
  await Promise.allSettled(boots); // none may still be starting when a failure of another ends the fleet
  const [controllerHost, ...nodeHosts] = await Promise.all(boots);
  if (controllerHost === undefined) throw new Error('no controller was booted');
  const drydock: Drydock = (args, terminal) =>
    earlier === undefined
      ? runDrydock(layout, args, terminal, signal)
      : runToEnd([...earlier, ...args], { env: { ...process.env, DRYDOCK_CONTROLLER: layout.controllerAddress }, terminal, signal });
  const fleet = fleetOn(layout, drydock, controllerHost, nodeHosts, signal);
  if (earlier === undefined) await enrolHosts(layout, signal);
  else await controllerAnswers(fleet, signal);
  return fleet;
}

type Drydock = (args: readonly string[], terminal: 'inherit' | 'collect') => Promise<Ended>;

/** A fleet of today's programs that runs already. */
export function fleetAt(layout: BaseLayout, signal: AbortSignal): BaseFleet {
  const drydock: Drydock = (args, terminal) => runDrydock(layout, args, terminal, signal);
  return fleetOn(layout, drydock, hostAt(layout.controller), layout.nodes.map(hostAt), signal);
}

function fleetOn(
  layout: BaseLayout,
  drydock: Drydock,
  controllerHost: DemoHost,
  nodeHosts: readonly DemoHost[],
  signal: AbortSignal,
): BaseFleet {
  const { dir, controllerAddress } = layout;
  const host = (name: string) => {
    const found = nodeHosts.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`host ${name} not found`);
    return found;
  };
  const releasesDir = join(dir, 'releases');
  const fleet: BaseFleet = {
    dir,
    controllerAddress,
    identity: () => personIdentity(dir),
    controllerHost,
    host,
    cli: (args) => drydock(args, 'collect'),
    cliOnTerminal: async (args) => (await drydock(args, 'inherit')).exitCode,
    async cliJson(args) {
      return parsed(args, await drydock([...args, '-o', 'json'], 'collect'));
    },
    killController: () => controllerHost.kill(controllerUnit),
    async startController() {
      await controllerHost.start(controllerUnit);
      await controllerAnswers(fleet, signal);
    },
    killAgent: (name) => host(name).kill(agentUnit),
    async startAgent(name) {
      await host(name).start(agentUnit);
    },
    adoptCluster: (cluster, members, limitMs = healthyLimitMs) => adopt(fleet, cluster, members, limitMs, signal),
    async addArchive(engine, version, pack) {
      signal.throwIfAborted();
      const archive = join(releasesDir, `${engine}-${version}.tar`);
      await mkdir(releasesDir, { recursive: true });
      await pack(releasesDir, archive);
      await expectOk(fleet.cli(['release', 'add', engine, version, '--artifact', archive]));
      await rm(archive);
    },
    waitClusterHealthy: (cluster, limitMs) => waitHealthy(fleet, cluster, limitMs, signal),
    stop: () => endFleet(dir),
  };
  return fleet;
}

function parsed(args: readonly string[], { exitCode, stdout, stderr }: Ended): unknown {
  try {
    return JSON.parse(stdout);
  } catch {
    throw new Error(`drydock ${args.join(' ')} ended with ${exitCode}: ${(stderr || stdout).trim()}`);
  }
}

async function expectOk(command: Promise<Ended>): Promise<void> {
  const { exitCode, stdout, stderr } = await command;
  if (exitCode !== 0) throw new Error(`drydock ended with ${exitCode}: ${(stderr || stdout).trim()}`);
}

async function controllerAnswers(fleet: BaseFleet, signal: AbortSignal): Promise<void> {
  await waitFor(`answer of the controller at ${fleet.controllerAddress}`, answerLimitMs, signal, async () => {
    await controllerRuns(fleet.controllerHost);
    const { exitCode, stderr } = await fleet.cli(['cluster', 'list']);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
}

async function controllerRuns({ dir, state }: DemoHost): Promise<void> {
  const { active } = await state(controllerUnit);
  if (!active) throw new Error(`the controller ended at once: ${await lastLines(join(dir, 'controller.log'))}`);
}

/** The end of a program's log, for a message that outlives the run folder. */
export async function lastLines(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8')).trim().split('\n').slice(-8).join('\n');
}

/** Refused as long as the three counts of members do not agree, which is so until the last one is in service. */
async function adopt(fleet: BaseFleet, cluster: string, members: number, limitMs: number, signal: AbortSignal): Promise<void> {
  await waitFor(`adoption of ${cluster}`, limitMs, signal, async () => {
    const { exitCode, stderr } = await fleet.cli(['cluster', 'adopt', cluster, '--members', String(members)]);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
  await waitHealthy(fleet, cluster, healthyLimitMs, signal);
}

async function waitHealthy(fleet: BaseFleet, cluster: string, limitMs: number, signal: AbortSignal): Promise<void> {
  await waitFor(`health of ${cluster}`, limitMs, signal, async () => {
    const shown = clusterSchema.safeParse(await fleet.cliJson(['cluster', 'show', cluster]));
    if (!shown.success) return { notYet: shown.error.message };
    const { healthy, problems } = shown.data;
    return healthy ? { seen: true } : { notYet: problems.map((problem) => problem.detail).join('; ') };
  });
}

/** Approves the plan as it was shown, and gives it with its run. */
export async function approve<Shown extends { readonly planId: string; readonly digest: string }>(
  fleet: Pick<BaseFleet, 'cliJson'>,
  shown: Shown,
): Promise<Shown & { readonly runId: string }> {
  const { runId } = (await fleet.cliJson(['approve', shown.planId, '--digest', shown.digest])) as { readonly runId: string };
  return { ...shown, runId };
}
