/** A whole Cassandra fleet on this machine, as demo and tests use it: one controller, and hosts with agent and node each. */
import { type BaseFleet, type BootOptions, bootFleet, inRunDir } from '../base-fleet.ts';
import { type CassandraClients, startCassandraClients } from './clients/clients.ts';
import { type CassandraFleetLayout, cassandraClusterName, layOutCassandraFleet, type Place, threeRacks } from './layout.ts';
import { type CassandraVersion, makeBrokenCassandraArtifact, makeCassandraArtifact } from './releases.ts';

export interface CassandraFleetOptions extends BootOptions {
  /** Version that the cluster runs at first. */
  readonly version: CassandraVersion;
  /** Left out: three racks of one data centre. */
  readonly places?: readonly Place[];
}

export interface CassandraFleet extends BaseFleet {
  readonly cluster: string;
  readonly layout: CassandraFleetLayout;
  /** Waits for agents and nodes, then says how many of them the cluster has. */
  adopt(): Promise<void>;
  /** Packs a release and brings it to the controller. */
  addRelease(version: CassandraVersion): Promise<void>;
  /** A release that passes staging and fails at start. */
  addBrokenRelease(base: CassandraVersion, asVersion: string): Promise<void>;
  /** `pauseMs`: of each writer after every row and of the reader after every read; left out: none. */
  startClients(pauseMs?: number): Promise<CassandraClients>;
  /** Resolves when cluster and controller agree that all is well. */
  waitHealthy(limitMs: number): Promise<void>;
}

/** Java starts, and the nodes find each other, while everything else on this machine does, too. */
const upLimitMs = 600_000;

/** Lays out and boots everything; the cluster is up but not adopted. When it fails nothing is left behind. */
export function startCassandraFleet(options: CassandraFleetOptions): Promise<CassandraFleet> {
  const { version, places = threeRacks, signal = new AbortController().signal, say = () => {} } = options;
  return inRunDir(options.say, async (dir) => {
    say(`laying out Cassandra ${version} on ${places.length} hosts in ${dir}`);
    const layout = await layOutCassandraFleet(dir, version, places);
    say(`booting the controller and ${places.length} hosts, each with its supervisor, agent and node`);
    const base = await bootFleet(layout, options);
    const cluster = cassandraClusterName;
    return {
      ...base,
      cluster,
      layout,
      adopt: () => base.adoptCluster(cluster, places.length, upLimitMs),
      addRelease: (added) => base.addArchive('cassandra', added, (_, archive) => makeCassandraArtifact(added, archive)),
      addBrokenRelease: (from, added) =>
        base.addArchive('cassandra', added, (scratch, archive) => makeBrokenCassandraArtifact(from, added, scratch, archive)),
      startClients: (pauseMs = 0) => startCassandraClients(layout.clientsAddress, dir, signal, pauseMs),
      waitHealthy: (limitMs) => base.waitClusterHealthy(cluster, limitMs),
    };
  });
}
