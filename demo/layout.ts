/**
 * The run folder of the PostgreSQL fleet, outside the clone: one folder per database host with its supervisor, its agent's settings and
 * state, its releases and data; one for the controller.
 */
import { mkdir, readFile, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterAddress } from './clients/dial.ts';
import { type ControllerLayout, type DatabaseLayout, layOutController, layOutNode, type NodeLayout } from './host-layout.ts';
import { freePorts } from './ports.ts';
import { type ClusterMember, layOutCluster, type MemberLayout, type PostgresCluster } from './postgres/cluster.ts';
import { layOutRelease, type PostgresVersion } from './postgres/releases.ts';

export { agentUnit, controllerUnit } from './host-layout.ts';

export const clusterName = 'pg-main';
export const nodeNames = ['pg-1', 'pg-2', 'pg-3'] as const;
export type NodeName = (typeof nodeNames)[number];
export const databaseUnit = (node: NodeName) => `postgres-${node}`;

export interface FleetLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: ControllerLayout;
  readonly nodes: readonly (NodeLayout & { readonly name: NodeName; readonly member: ClusterMember })[];
  readonly clientsAddress: ClusterAddress;
}

/** Fills an empty run folder; nothing runs afterwards. `names`: its nodes, the primary first. */
export async function layOutFleet(dir: string, version: PostgresVersion, names: readonly NodeName[] = nodeNames): Promise<FleetLayout> {
  const [controllerPort = 0, ...databasePorts] = await freePorts(1 + names.length);
  const controllerAddress = `127.0.0.1:${controllerPort}`;
  const databases = await layOutPostgres(dir, version, databasePorts, names);
  const controller = await layOutController(dir, controllerAddress);
  const nodes = await Promise.all(
    databases.members.map(async ({ name, member, database }) => ({
      ...(await layOutNode(dir, name, [database], controllerAddress)),
      name,
      member,
    })),
  );
  return { dir, controllerAddress, controller, nodes, clientsAddress: databases.clientsAddress };
}

export interface PostgresDatabases {
  readonly members: readonly { readonly name: NodeName; readonly member: ClusterMember; readonly database: DatabaseLayout }[];
  readonly clientsAddress: ClusterAddress;
}

/** Releases and data directories of a cluster, each below a folder of its member's name. */
export async function layOutPostgres(
  dir: string,
  version: PostgresVersion,
  ports: readonly number[],
  names: readonly NodeName[] = nodeNames,
): Promise<PostgresDatabases> {
  const layouts = await layOutMembers(dir, version, ports, names);
  const [primary, ...standbys] = layouts;
  if (primary === undefined) throw new Error('a fleet has at least one node');
  const cluster = await layOutCluster({ runDir: dir, releaseDir: join(primary.releasesDir, version), members: [primary, ...standbys] });
  const members = names.map((name) => {
    const member = cluster.members.find((candidate) => candidate.name === name);
    if (member === undefined) throw new Error(`${name} was not laid out`);
    return { name, member, database: databaseOf(name, member, cluster) };
  });
  const clientsAddress = {
    nodes: layouts.map(({ port }) => ({ host: '127.0.0.1', port })),
    user: cluster.user,
    password: (await readFile(cluster.passwordFile, 'utf8')).trim(),
    database: cluster.database,
  };
  return { members, clientsAddress };
}

async function layOutMembers(
  dir: string,
  version: PostgresVersion,
  ports: readonly number[],
  names: readonly NodeName[],
): Promise<MemberLayout[]> {
  return Promise.all(
    names.map(async (name, index) => {
      const releasesDir = join(dir, name, 'releases');
      await mkdir(releasesDir, { recursive: true });
      await layOutRelease(version, join(releasesDir, version));
      await symlink(version, join(releasesDir, 'current'));
      return { name, port: ports[index] ?? 0, dataDir: join(dir, name, 'data'), releasesDir };
    }),
  );
}

function databaseOf(
  name: NodeName,
  { dataDir, releasesDir, argv, connection }: ClusterMember,
  { account }: PostgresCluster,
): DatabaseLayout {
  return {
    instance: name,
    cluster: clusterName,
    engine: 'postgresql',
    dataDir,
    releasesDir,
    unit: databaseUnit(name),
    program: 'postgres',
    argv,
    stopSignal: 'SIGINT',
    account,
    connection,
  };
}
