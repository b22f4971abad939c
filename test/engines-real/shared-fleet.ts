/** Two clusters of three, PostgreSQL and etcd, on the same three hosts under one controller: each host has one agent and a member of either. */
import { type BaseFleet, bootFleet, inRunDir } from '../../demo/base-fleet.ts';
import { addressOf, type EtcdFleetLayout, etcdClusterName, layOutEtcd } from '../../demo/etcd/layout.ts';
import { type EtcdVersion, makeEtcdArtifact } from '../../demo/etcd/releases.ts';
import { layOutController, layOutNode } from '../../demo/host-layout.ts';
import { clusterName, layOutPostgres, type PostgresDatabases } from '../../demo/layout.ts';
import { freePorts } from '../../demo/ports.ts';
import { makeReleaseArtifact, type PostgresVersion } from '../../demo/postgres/releases.ts';
import type { ClusterAtHand, EtcdAtHand } from './etcd-stage.ts';

export interface SharedFleet extends BaseFleet {
  readonly etcd: EtcdAtHand;
  readonly postgres: ClusterAtHand & Pick<PostgresDatabases, 'clientsAddress'>;
}

const members = 3;
const never = new AbortController().signal;

interface Versions {
  readonly postgres: PostgresVersion;
  readonly etcd: EtcdVersion;
}

/** Both clusters are up, adopted and have the releases that they go to. When it fails nothing is left behind. */
export function startSharedFleet(from: Versions, to: Versions): Promise<SharedFleet> {
  return inRunDir(undefined, async (dir) => {
    const [controllerPort = 0, ...ports] = await freePorts(1 + 3 * members);
    const controllerAddress = `127.0.0.1:${controllerPort}`;
    const postgres = await layOutPostgres(dir, from.postgres, ports.slice(0, members));
    const etcd = await layOutEtcd(dir, from.etcd, ports.slice(members), []);
    const controller = await layOutController(dir, controllerAddress);
    const hosts = await Promise.all(
      etcd.map(({ name, member, database }, at) =>
        layOutNode(
          dir,
          `host-${at + 1}`,
          [database, ...postgres.members.slice(at, at + 1).map((each) => each.database)],
          controllerAddress,
        ).then((layout) => ({ layout, name, member })),
      ),
    );
    const nodes = hosts.map(({ layout }) => layout);
    const base = await bootFleet({ dir, controllerAddress, controller, nodes }, { signal: never });
    await base.adoptCluster(clusterName, members);
    await base.adoptCluster(etcdClusterName, members);
    await base.addArchive('postgresql', to.postgres, (scratch, archive) => makeReleaseArtifact({ version: to.postgres }, scratch, archive));
    await base.addArchive('etcd', to.etcd, (_, archive) => makeEtcdArtifact(to.etcd, archive));
    const etcdLayout: EtcdFleetLayout = {
      dir,
      controllerAddress,
      controller,
      nodes: hosts.map(({ layout, name, member }) => ({ ...layout, name, member })),
      clientsAddress: addressOf(etcd),
    };
    const at = (cluster: string) => ({
      ...base,
      cluster,
      waitHealthy: (limitMs: number) => base.waitClusterHealthy(cluster, limitMs),
    });
    return {
      ...base,
      etcd: { ...at(etcdClusterName), layout: etcdLayout },
      postgres: { ...at(clusterName), clientsAddress: postgres.clientsAddress },
    };
  });
}
