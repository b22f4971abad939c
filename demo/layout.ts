/**
 * The run folder: everything of one demo fleet, outside the clone. One folder per database host with its supervisor, its agent's
 * settings and state, its releases and data; one for the controller.
 */
import { mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import type { ClusterAddress } from './clients/dial.ts';
import { freePorts } from './ports.ts';
import { type ClusterMember, layOutCluster, type MemberLayout, type PostgresCluster } from './postgres/cluster.ts';
import { layOutRelease, type PostgresVersion } from './postgres/releases.ts';
import { programArgv } from './programs.ts';
import { runMark } from './supervisor/processes.ts';
import type { SupervisorSettingsInput, UnitInput } from './supervisor/protocol.ts';

export const clusterName = 'pg-main';
export const nodeNames = ['pg-1', 'pg-2', 'pg-3'] as const;
export type NodeName = (typeof nodeNames)[number];
export const controllerUnit = 'drydock-controller';
export const agentUnit = 'drydock-agent';
export const databaseUnit = (node: NodeName) => `postgres-${node}`;

/** Agents that are lost are noticed after three of these; shorter than in earnest, because nobody wants to wait for it here. */
const beatMs = 2_000;

/** One supervised host: where its supervisor's settings, socket and everything else lies. */
export interface HostLayout {
  readonly runDir: string;
  readonly name: string;
  readonly dir: string;
  readonly socket: string;
  readonly supervisorSettings: string;
}

export interface FleetLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: HostLayout;
  readonly nodes: readonly (HostLayout & { readonly name: NodeName; readonly member: ClusterMember; readonly agentSettings: string })[];
  readonly clientsAddress: ClusterAddress;
}

/** Fills an empty run folder; nothing runs afterwards. */
export async function layOutFleet(dir: string, version: PostgresVersion): Promise<FleetLayout> {
  const [controllerPort = 0, ...databasePorts] = await freePorts(1 + nodeNames.length);
  const controllerAddress = `127.0.0.1:${controllerPort}`;
  const members = await layOutMembers(dir, version, databasePorts);
  const [primary, ...standbys] = members;
  if (primary === undefined) throw new Error('a fleet has at least one node');
  const cluster = await layOutCluster({ runDir: dir, releaseDir: join(primary.releasesDir, version), members: [primary, ...standbys] });
  const controller = await layOutController(dir, controllerAddress);
  const nodes = await Promise.all(
    nodeNames.map(async (name) => {
      const member = cluster.members.find((candidate) => candidate.name === name);
      if (member === undefined) throw new Error(`${name} was not laid out`);
      return { ...(await layOutNode(dir, name, member, cluster, controllerAddress)), member };
    }),
  );
  const clientsAddress = {
    nodes: members.map(({ port }) => ({ host: '127.0.0.1', port })),
    user: cluster.user,
    password: (await readFile(cluster.passwordFile, 'utf8')).trim(),
    database: cluster.database,
  };
  return { dir, controllerAddress, controller, nodes, clientsAddress };
}

async function layOutMembers(dir: string, version: PostgresVersion, ports: readonly number[]): Promise<MemberLayout[]> {
  return Promise.all(
    nodeNames.map(async (name, index) => {
      const releasesDir = join(dir, name, 'releases');
      await mkdir(releasesDir, { recursive: true });
      await layOutRelease(version, join(releasesDir, version));
      await symlink(version, join(releasesDir, 'current'));
      return { name, port: ports[index] ?? 0, dataDir: join(dir, name, 'data'), releasesDir };
    }),
  );
}

async function layOutNode(dir: string, name: NodeName, member: ClusterMember, cluster: PostgresCluster, controllerAddress: string) {
  const host = hostLayout(dir, name);
  const agentSettings = join(host.dir, 'agent.yaml');
  const stateDir = join(host.dir, 'agent-state');
  await mkdir(stateDir, { recursive: true });
  const { dataDir, releasesDir, connection } = member;
  const unit = databaseUnit(name);
  await writeFile(
    agentSettings,
    stringify({
      controller: controllerAddress,
      host: name,
      stateDir,
      units: { kind: 'supervised', socket: host.socket },
      instances: [{ instance: name, cluster: clusterName, engine: 'postgresql', dataDir, releasesDir, unit, connection }],
    }),
  );
  const { uid, gid } = cluster.account;
  await writeSupervisorSettings(host, [
    {
      name: unit,
      argv: [...member.argv],
      stopSignal: 'SIGINT',
      ...(uid === null || gid === null ? {} : { uid, gid }),
      logFile: join(host.dir, 'postgres.log'),
      pidFile: join(host.dir, 'postgres.pid'),
      autostart: true,
      holdFile: join(stateDir, 'holds', unit),
    },
    {
      name: agentUnit,
      argv: [...programArgv('drydock-agent'), '--settings', agentSettings],
      logFile: join(host.dir, 'agent.log'),
      pidFile: join(host.dir, 'agent.pid'),
      autostart: true,
    },
  ]);
  return { ...host, name, agentSettings };
}

async function layOutController(dir: string, address: string): Promise<HostLayout> {
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
  return host;
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
