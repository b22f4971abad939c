/** Lays out a real Cassandra cluster on loopback, ready to be started by a supervisor: each node has an address of its own. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';

export interface CassandraNodeLayout {
  readonly name: string;
  readonly jmxPort: number;
  /** Made here, empty or absent before. */
  readonly dataDir: string;
  /** Made here: cassandra.yaml and what stands beside it. */
  readonly confDir: string;
  /** Holds the release folders and the link `current`; made by the caller. */
  readonly releasesDir: string;
  readonly dataCenter: string;
  readonly rack: string;
}

export interface CassandraClusterLayout {
  readonly clusterName: string;
  /** The same on every node, as the nodes' addresses differ. */
  readonly storagePort: number;
  readonly nativePort: number;
  readonly nodes: readonly CassandraNodeLayout[];
  /** Names of the seeds. */
  readonly seeds: readonly string[];
}

/** One node of the cluster, as supervisor, agent and clients need it. */
export interface CassandraNode {
  readonly name: string;
  readonly address: string;
  readonly nativePort: number;
  readonly jmxPort: number;
  readonly dataDir: string;
  readonly releasesDir: string;
  readonly configFile: string;
  /** Runs the server in the foreground; SIGTERM stops it in order. */
  readonly argv: readonly [string, ...string[]];
  /** `connection` of the instance in the agent's settings. */
  readonly connection: Readonly<Record<string, unknown>>;
}

/** Enough for a few tables; three nodes share the demo's machine. */
const heap = '400m';
/** How long a node that starts waits for a seed: all of them begin at once here, on a machine that may be busy. */
const ringDelayMs = 90_000;

/** Makes data and configuration folders of all nodes; nothing runs afterwards. */
export async function layOutCassandraCluster(layout: CassandraClusterLayout): Promise<readonly CassandraNode[]> {
  const addressOf = (name: string): string => `127.0.0.${layout.nodes.findIndex((node) => node.name === name) + 1}`;
  const seeds = layout.seeds.map(addressOf);
  return Promise.all(layout.nodes.map((node) => layOutNode(layout, node, addressOf(node.name), seeds)));
}

async function layOutNode(
  { clusterName, storagePort, nativePort }: CassandraClusterLayout,
  { name, jmxPort, dataDir, confDir, releasesDir, dataCenter, rack }: CassandraNodeLayout,
  address: string,
  seeds: readonly string[],
): Promise<CassandraNode> {
  for (const folder of [dataDir, confDir]) await mkdir(folder, { recursive: true });
  const configFile = join(confDir, 'cassandra.yaml');
  const config = {
    cluster_name: clusterName,
    num_tokens: 4,
    // All begin empty, at once.
    auto_bootstrap: false,
    partitioner: 'org.apache.cassandra.dht.Murmur3Partitioner',
    data_file_directories: [join(dataDir, 'data')],
    commitlog_directory: join(dataDir, 'commitlog'),
    saved_caches_directory: join(dataDir, 'saved_caches'),
    hints_directory: join(dataDir, 'hints'),
    cdc_raw_directory: join(dataDir, 'cdc_raw'),
    commitlog_sync: 'periodic',
    commitlog_sync_period_in_ms: 1_000,
    listen_address: address,
    rpc_address: address,
    storage_port: storagePort,
    native_transport_port: nativePort,
    endpoint_snitch: 'GossipingPropertyFileSnitch',
    seed_provider: [{ class_name: 'org.apache.cassandra.locator.SimpleSeedProvider', parameters: [{ seeds: seeds.join(',') }] }],
  };
  await writeFile(configFile, stringify(config));
  await writeFile(join(confDir, 'cassandra-rackdc.properties'), `dc=${dataCenter}\nrack=${rack}\n`);
  return {
    name,
    address,
    nativePort,
    jmxPort,
    dataDir,
    releasesDir,
    configFile,
    argv: [
      '/usr/bin/env',
      `CASSANDRA_CONF=${confDir}`,
      `MAX_HEAP_SIZE=${heap}`,
      // Little is asked of it, so that a quick start is worth more than fast code.
      'JVM_EXTRA_OPTS=-XX:TieredStopAtLevel=1 -XX:-UsePerfData',
      join(releasesDir, 'current', 'bin', 'cassandra'),
      '-f',
      `-Dcassandra.storagedir=${dataDir}`,
      `-Dcassandra.jmx.local.port=${jmxPort}`,
      `-Dcassandra.ring_delay_ms=${ringDelayMs}`,
      '-Dcassandra.skip_wait_for_gossip_to_settle=0',
      // Many processes share the demo's machine: a pause of Java must not look like a lost node.
      '-Dcassandra.max_local_pause_in_ms=20000',
    ],
    connection: { address, nativePort, jmxPort, storagePort },
  };
}
