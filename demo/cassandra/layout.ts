/** The run folder of the Cassandra fleet: nodes on hosts of their own, and the controller. */
import { mkdir, symlink } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type ControllerLayout, type DatabaseLayout, layOutController, layOutNode, type NodeLayout } from '../host-layout.ts';
import { freePorts } from '../ports.ts';
import type { CassandraAddress } from './clients/clients.ts';
import { type CassandraNode, layOutCassandraCluster } from './cluster.ts';
import { type CassandraVersion, layOutCassandraRelease } from './releases.ts';

export const cassandraClusterName = 'cassandra-main';

/** Where a node stands. */
export interface Place {
  readonly dataCenter: string;
  readonly rack: string;
}

export const threeRacks: readonly Place[] = ['r1', 'r2', 'r3'].map((rack) => ({ dataCenter: 'dc1', rack }));

export interface CassandraFleetLayout {
  readonly dir: string;
  readonly controllerAddress: string;
  readonly controller: ControllerLayout;
  readonly nodes: readonly (NodeLayout & { readonly node: CassandraNode })[];
  readonly clientsAddress: CassandraAddress;
}

/** Fills an empty run folder; nothing runs afterwards. The first node of each data centre is its seed. */
export async function layOutCassandraFleet(
  dir: string,
  version: CassandraVersion,
  places: readonly Place[],
): Promise<CassandraFleetLayout> {
  const [controllerPort = 0, storagePort = 0, nativePort = 0, ...jmxPorts] = await freePorts(3 + places.length);
  const controllerAddress = `127.0.0.1:${controllerPort}`;
  const layouts = await Promise.all(
    places.map(async (place, at) => {
      const name = `cass-${at + 1}`;
      const releasesDir = join(dir, name, 'releases');
      await mkdir(releasesDir, { recursive: true });
      await layOutCassandraRelease(version, join(releasesDir, version));
      await symlink(version, join(releasesDir, 'current'));
      const [dataDir, confDir] = [join(dir, name, 'data'), join(dir, name, 'conf')];
      return { name, jmxPort: jmxPorts[at] ?? 0, dataDir, confDir, releasesDir, ...place };
    }),
  );
  const isFirstThere = ({ dataCenter }: Place, at: number) => places.findIndex((other) => other.dataCenter === dataCenter) === at;
  const seeds = layouts.filter(isFirstThere).map(({ name }) => name);
  const laidOut = await layOutCassandraCluster({ clusterName: basename(dir), storagePort, nativePort, nodes: layouts, seeds });
  const controller = await layOutController(dir, controllerAddress);
  const nodes = await Promise.all(
    laidOut.map(async (node) => ({ ...(await layOutNode(dir, node.name, [databaseOf(node)], controllerAddress)), node })),
  );
  const clientsAddress = {
    nodes: laidOut.map(({ address, nativePort: port }, at) => ({ host: address, port, dataCenter: places[at]?.dataCenter ?? '' })),
  };
  return { dir, controllerAddress, controller, nodes, clientsAddress };
}

function databaseOf({ name, dataDir, releasesDir, argv, connection, configFile }: CassandraNode): DatabaseLayout {
  return {
    instance: name,
    cluster: cassandraClusterName,
    engine: 'cassandra',
    dataDir,
    releasesDir,
    unit: `cassandra-${name}`,
    program: 'cassandra',
    argv,
    stopSignal: 'SIGTERM',
    account: { uid: null, gid: null },
    connection,
    configFile,
  };
}
