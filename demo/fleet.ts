/**
 * A whole fleet on this machine, as demo, tests and bench use it: one controller, three hosts with agent and database each, every
 * process supervised and all of it in one folder.
 */
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { type Clients, startClients } from './clients/clients.ts';
import { type EndedFleet, endedText, endFleet, runDirPrefix } from './end.ts';
import { bootHost, type DemoHost } from './hosts.ts';
import { agentUnit, clusterName, controllerUnit, type FleetLayout, layOutFleet, type NodeName, nodeNames } from './layout.ts';
import { makeRunDir } from './postgres/cluster.ts';
import { makeReleaseArtifact, type PostgresVersion, postgresVersions } from './postgres/releases.ts';
import { programArgv } from './programs.ts';
import { type Ended, runToEnd } from './spawned.ts';
import { waitFor } from './wait.ts';

export interface FleetOptions {
  /** Version that the cluster runs at first. */
  readonly version?: PostgresVersion;
  /** false: the fleet outlives this process. */
  readonly attached?: boolean;
  /** Aborted: starting and waiting end at once; stop() is still the caller's to call. */
  readonly signal?: AbortSignal;
  /** Told what is being done, a line at a time. */
  readonly say?: (line: string) => void;
}

export interface DemoFleet {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly cluster: string;
  readonly layout: FleetLayout;
  /** Runs `drydock` with these arguments against this fleet's controller. */
  cli(args: readonly string[]): Promise<Ended>;
  /** The same with the terminal handed over, for what a person watches. */
  cliOnTerminal(args: readonly string[]): Promise<number>;
  /** Its stdout, parsed. Throws when it is not a JSON document, with what the command said. */
  cliJson(args: readonly string[]): Promise<unknown>;
  controllerHost: DemoHost;
  host(name: NodeName): DemoHost;
  /** kill -9; resolves when it is gone. */
  killController(): Promise<void>;
  /** Resolves when it answers. */
  startController(): Promise<void>;
  killAgent(name: NodeName): Promise<void>;
  startAgent(name: NodeName): Promise<void>;
  /** Waits for agents and databases, then says that the cluster has three members. */
  adopt(): Promise<void>;
  /** Packs a release and brings it to the controller. */
  addRelease(version: PostgresVersion): Promise<void>;
  /** A release that passes staging and fails at start. */
  addBrokenRelease(base: PostgresVersion, asVersion: string): Promise<void>;
  /** `pauseMs`: of each client after every row; left out: none, as many rows as the machine can do. */
  startClients(pauseMs?: number): Promise<Clients>;
  /** Resolves with the last look when cluster and controller agree that all is well. */
  waitHealthy(limitMs: number): Promise<void>;
  stop(): Promise<EndedFleet>;
}

const clusterSchema = z.object({ healthy: z.boolean(), problems: z.array(z.object({ detail: z.string() })) });

const answerLimitMs = 20_000;
const healthyLimitMs = 60_000;

/** Lays out and boots everything; the cluster is up but not adopted. When it fails nothing is left behind. */
export async function startFleet(options: FleetOptions = {}): Promise<DemoFleet> {
  const dir = await makeRunDir(runDirPrefix);
  try {
    return await bootFleet(dir, options);
  } catch (thrown) {
    options.say?.(endedText(dir, await endFleet(dir)));
    throw thrown;
  }
}

async function bootFleet(dir: string, options: FleetOptions): Promise<DemoFleet> {
  const { version = postgresVersions[0], attached = true, signal = new AbortController().signal, say = () => {} } = options;
  say(`laying out PostgreSQL ${version} on three hosts in ${dir}`);
  const layout = await layOutFleet(dir, version);
  say('booting the controller and three hosts, each with its supervisor, agent and database');
  const boots = [layout.controller, ...layout.nodes].map((host) => bootHost(host, attached, signal));
  await Promise.allSettled(boots); // none may still be starting when a failure of another ends the fleet
  const [controllerHost, ...nodeHosts] = await Promise.all(boots);
  if (controllerHost === undefined) throw new Error('no controller was booted');
  const fleet = fleetOn(layout, controllerHost, nodeHosts, signal);
  await controllerAnswers(fleet, signal);
  return fleet;
}

function fleetOn(layout: FleetLayout, controllerHost: DemoHost, nodeHosts: readonly DemoHost[], signal: AbortSignal): DemoFleet {
  const { dir, controllerAddress } = layout;
  const env = { ...process.env, DRYDOCK_CONTROLLER: controllerAddress };
  const drydock = (args: readonly string[], terminal: 'inherit' | 'collect') =>
    runToEnd([...programArgv('drydock'), ...args], { env, terminal, signal });
  const host = (name: NodeName) => {
    const found = nodeHosts.find((candidate) => candidate.name === name);
    if (found === undefined) throw new Error(`there is no host ${name}`);
    return found;
  };
  const releasesDir = join(dir, 'releases');
  const addPacked = async (base: PostgresVersion, brokenAs?: string) => {
    signal.throwIfAborted();
    const version = brokenAs ?? base;
    const archive = join(releasesDir, `postgresql-${version}.tar`);
    await mkdir(releasesDir, { recursive: true });
    await makeReleaseArtifact(brokenAs === undefined ? { version: base } : { version: base, brokenAs }, releasesDir, archive);
    await expectOk(fleet.cli(['release', 'add', 'postgresql', version, '--artifact', archive]));
    await rm(archive);
  };
  const fleet: DemoFleet = {
    dir,
    controllerAddress,
    cluster: clusterName,
    layout,
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
    adopt: () => adopt(fleet, signal),
    addRelease: (version) => addPacked(version),
    addBrokenRelease: addPacked,
    startClients: (pauseMs = 0) => startClients(layout.clientsAddress, dir, signal, pauseMs),
    waitHealthy: (limitMs) => waitHealthy(fleet, limitMs, signal),
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

async function controllerAnswers(fleet: DemoFleet, signal: AbortSignal): Promise<void> {
  await waitFor(`answer of the controller at ${fleet.controllerAddress}`, answerLimitMs, signal, async () => {
    const { active } = await fleet.controllerHost.state(controllerUnit);
    if (!active) throw new Error(`the controller ended at once: ${await lastWords(join(fleet.controllerHost.dir, 'controller.log'))}`);
    const { exitCode, stderr } = await fleet.cli(['cluster', 'list']);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
}

/** The end of a program's log, for a message that outlives the run folder. */
export async function lastWords(logFile: string): Promise<string> {
  return (await readFile(logFile, 'utf8')).trim().split('\n').slice(-8).join('\n');
}

/** Refused as long as the three counts of members do not agree, which is so until the last standby streams. */
async function adopt(fleet: DemoFleet, signal: AbortSignal): Promise<void> {
  const members = String(nodeNames.length);
  await waitFor('adoption of the cluster', healthyLimitMs, signal, async () => {
    const { exitCode, stderr } = await fleet.cli(['cluster', 'adopt', fleet.cluster, '--members', members]);
    return exitCode === 0 ? { seen: true } : { notYet: stderr.trim() };
  });
  await waitHealthy(fleet, healthyLimitMs, signal);
}

async function waitHealthy(fleet: DemoFleet, limitMs: number, signal: AbortSignal): Promise<void> {
  await waitFor('health of the cluster', limitMs, signal, async () => {
    const shown = clusterSchema.safeParse(await fleet.cliJson(['cluster', 'show', fleet.cluster]));
    if (!shown.success) return { notYet: shown.error.message };
    const { healthy, problems } = shown.data;
    return healthy ? { seen: true } : { notYet: problems.map((problem) => problem.detail).join('; ') };
  });
}
