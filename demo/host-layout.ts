/**
 * Supervised hosts in a run folder, whatever databases they carry: per host a supervisor, an agent and its databases, and one host for the
 * controller.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { programArgv, root } from './programs.ts';
import { runMark } from './supervisor/processes.ts';
import type { SupervisorSettingsInput, UnitInput } from './supervisor/protocol.ts';

export const controllerUnit = 'drydock-controller';
export const agentUnit = 'drydock-agent';

/** Agents that are lost are noticed after three of these; shorter than in production, because here a person waits for it. */
const beatMs = 2_000;

/** One supervised host: where its supervisor's settings, socket and everything else lies. */
export interface HostLayout {
  readonly runDir: string;
  readonly name: string;
  readonly dir: string;
  readonly socket: string;
  readonly supervisorSettings: string;
}

/** A host with an agent. */
export interface NodeLayout extends HostLayout {
  readonly agentSettings: string;
}

export interface ControllerLayout extends HostLayout {
  readonly controllerSettings: string;
}

/** A database of a host, as its supervisor and its agent need it. */
export interface DatabaseLayout {
  readonly instance: string;
  readonly cluster: string;
  readonly engine: string;
  readonly dataDir: string;
  readonly releasesDir: string;
  readonly unit: string;
  /** Names its log and its pid file. */
  readonly program: string;
  /** Runs the server in the foreground. */
  readonly argv: readonly [string, ...string[]];
  readonly stopSignal: 'SIGINT' | 'SIGTERM';
  /** null: our own. */
  readonly account: { readonly uid: number | null; readonly gid: number | null };
  readonly connection: Readonly<Record<string, unknown>>;
  /** Left out: it lies in the data directory. */
  readonly configFile?: string;
}

export async function layOutNode(
  dir: string,
  name: string,
  databases: readonly DatabaseLayout[],
  controllerAddress: string,
): Promise<NodeLayout> {
  const host = hostLayout(dir, name);
  const agentSettings = join(host.dir, 'agent.yaml');
  const stateDir = join(host.dir, 'agent-state');
  await mkdir(stateDir, { recursive: true });
  const instances = databases.map(({ instance, cluster, engine, dataDir, releasesDir, unit, connection, configFile }) => ({
    instance,
    cluster,
    engine,
    dataDir,
    releasesDir,
    unit,
    connection,
    ...(configFile === undefined ? {} : { configFile }),
  }));
  const units = { kind: 'supervised', socket: host.socket };
  await writeFile(agentSettings, stringify({ controller: controllerAddress, host: name, stateDir, units, instances }));
  await writeSupervisorSettings(host, [
    ...databases.map(({ unit, argv, stopSignal, account: { uid, gid }, program }) => ({
      name: unit,
      argv: [...argv],
      stopSignal,
      ...(uid === null || gid === null ? {} : { uid, gid }),
      logFile: join(host.dir, `${program}.log`),
      pidFile: join(host.dir, `${program}.pid`),
      autostart: true,
      lockFile: join(stateDir, 'locks', unit),
    })),
    {
      name: agentUnit,
      argv: [...programArgv('drydock-agent'), '--settings', agentSettings],
      env: await environmentOf('systemd/drydock-agent.service'),
      logFile: join(host.dir, 'agent.log'),
      pidFile: join(host.dir, 'agent.pid'),
      autostart: true,
    },
  ]);
  return { ...host, agentSettings };
}

/** As installed units set it, so that what runs here weighs the same. */
async function environmentOf(unitFile: string): Promise<Readonly<Record<string, string>>> {
  const lines = (await readFile(join(root, unitFile), 'utf8')).matchAll(/^Environment=(\w+)=(\S+)$/gm);
  return Object.fromEntries([...lines].map(([, name = '', value = '']) => [name, value]));
}

export async function layOutController(dir: string, address: string): Promise<ControllerLayout> {
  const host = hostLayout(dir, 'controller');
  const stateDir = join(host.dir, 'state');
  await mkdir(stateDir, { recursive: true });
  const settings = join(host.dir, 'controller.yaml');
  await writeFile(settings, stringify({ listen: address, stateDir, beatMs }));
  await writeSupervisorSettings(host, [
    {
      name: controllerUnit,
      argv: [...programArgv('drydock-controller'), '--settings', settings],
      logFile: join(host.dir, 'controller.log'),
      pidFile: join(host.dir, 'controller.pid'),
      autostart: true,
    },
  ]);
  return { ...host, controllerSettings: settings };
}

export function hostLayout(dir: string, name: string): HostLayout {
  const hostDir = join(dir, name);
  return {
    runDir: dir,
    name,
    dir: hostDir,
    socket: join(hostDir, 'supervisor.sock'),
    supervisorSettings: join(hostDir, 'supervisor.yaml'),
  };
}

async function writeSupervisorSettings(host: HostLayout, units: UnitInput[]): Promise<void> {
  const marked = units.map((unit) => ({ ...unit, env: { ...unit.env, [runMark]: host.runDir } }));
  const settings: SupervisorSettingsInput = { socket: host.socket, units: marked };
  await writeFile(host.supervisorSettings, stringify(settings));
}
