/** The run folder of the etcd fleet: three members on three hosts, and the controller. */
import { mkdir, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { type ControllerLayout, type DatabaseLayout, layOutController, layOutNode, type NodeLayout } from '../host-layout.ts';
import { freePorts } from '../ports.ts';
import type { EtcdAddress } from './clients/clients.ts';
import { type EtcdMember, layOutEtcdCluster } from './cluster.ts';
import { type EtcdVersion, layOutEtcdRelease } from './releases.ts';

export const etcdClusterName = 'etcd-main';
export const etcdNames = ['etcd-1', 'etcd-2', 'etcd-3'] as const;
export type EtcdName = (typeof etcdNames)[number];
export const etcdUnit = (node: string) => `etcd-${node}`;

export interface EtcdDatabase {
  readonly name: EtcdName;
  readonly member: EtcdMember;
  readonly database: DatabaseLayout;
}

export interface EtcdFleetLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: ControllerLayout;
  readonly nodes: readonly (NodeLayout & Pick<EtcdDatabase, 'name' | 'member'>)[];
  readonly clientsAddress: EtcdAddress;
}

/** Fills an empty run folder; nothing runs afterwards. `flags`: of every member, beside its own. */
export async function layOutEtcdFleet(dir: string, version: EtcdVersion, flags: readonly string[]): Promise<EtcdFleetLayout> {
  const [controllerPort = 0, ...ports] = await freePorts(1 + 2 * etcdNames.length);
  const controllerAddress = `127.0.0.1:${controllerPort}`;
  const databases = await layOutEtcd(dir, version, ports, flags);
  const controller = await layOutController(dir, controllerAddress);
  const nodes = await Promise.all(
    databases.map(async ({ name, member, database }) => ({
      ...(await layOutNode(dir, name, [database], controllerAddress)),
      name,
      member,
    })),
  );
  return { dir, controllerAddress, controller, nodes, clientsAddress: addressOf(databases) };
}

export const addressOf = (databases: readonly EtcdDatabase[]): EtcdAddress => ({
  members: databases.map(({ member }) => member.clientUrl),
});

/** Releases and data directories of a cluster, each below a folder of its member's name. `ports`: two for each member. */
export async function layOutEtcd(
  dir: string,
  version: EtcdVersion,
  ports: readonly number[],
  flags: readonly string[],
): Promise<readonly EtcdDatabase[]> {
  const layouts = await Promise.all(
    etcdNames.map(async (name, index) => {
      const releasesDir = join(dir, name, 'releases');
      await mkdir(releasesDir, { recursive: true });
      await layOutEtcdRelease(version, join(releasesDir, version));
      await symlink(version, join(releasesDir, 'current'));
      const [clientPort = 0, peerPort = 0] = ports.slice(2 * index);
      return { name, clientPort, peerPort, dataDir: join(dir, name, 'data'), releasesDir };
    }),
  );
  const [first, ...rest] = layouts;
  if (first === undefined) throw new Error('a fleet has at least one node');
  const members = await layOutEtcdCluster({ token: dir, members: [first, ...rest], flags });
  return members.map((member, index) => {
    const name = etcdNames[index];
    if (name === undefined) throw new Error(`${member.name} has no host`);
    return { name, member, database: databaseOf(member) };
  });
}

function databaseOf({ name, dataDir, releasesDir, argv, connection }: EtcdMember): DatabaseLayout {
  return {
    instance: name,
    cluster: etcdClusterName,
    engine: 'etcd',
    dataDir,
    releasesDir,
    unit: etcdUnit(name),
    program: 'etcd',
    argv,
    stopSignal: 'SIGTERM',
    account: { uid: null, gid: null },
    connection,
  };
}
