/**
 * A whole PostgreSQL fleet on this machine, as demo, tests and bench use it: one controller, three hosts with agent and database each, every
 * process supervised and all of it in one folder.
 */
import { type BaseFleet, type BootOptions, bootFleet, inRunDir } from './base-fleet.ts';
import { type Clients, startClients } from './clients/clients.ts';
import { clusterName, type FleetLayout, layOutFleet, type NodeName, nodeNames } from './layout.ts';
import { makeReleaseArtifact, type PostgresVersion, postgresVersions } from './postgres/releases.ts';

export { lastLines } from './base-fleet.ts';

export interface FleetOptions extends BootOptions {
  /** Version that the cluster runs at first. */
  readonly version?: PostgresVersion;
  /** The primary first; left out: all three. */
  readonly nodes?: readonly NodeName[];
}

export interface DemoFleet extends BaseFleet {
  readonly cluster: string;
  readonly layout: FleetLayout;
  /** Waits for agents and databases, then says how many members the cluster has. */
  adopt(): Promise<void>;
  /** Packs a release and brings it to the controller. */
  addRelease(version: PostgresVersion): Promise<void>;
  /** A release that passes staging and fails at start. */
  addBrokenRelease(base: PostgresVersion, asVersion: string): Promise<void>;
  /** `pauseMs`: of each client after every row; left out: none, as many rows as the machine can do. */
  startClients(pauseMs?: number): Promise<Clients>;
  /** Resolves when cluster and controller agree that all is well. */
  waitHealthy(limitMs: number): Promise<void>;
}

/** Lays out and boots everything; the cluster is up but not adopted. When it fails nothing is left behind. */
export function startFleet(options: FleetOptions = {}): Promise<DemoFleet> {
  const { version = postgresVersions[0], nodes = nodeNames, signal = new AbortController().signal, say = () => {} } = options;
  return inRunDir(options.say, async (dir) => {
    say(`laying out PostgreSQL ${version} on ${nodes.join(', ')} in ${dir}`);
    const layout = await layOutFleet(dir, version, nodes);
    say('booting the controller and the hosts, each with its supervisor, agent and database');
    const base = await bootFleet(layout, options);
    const cluster = clusterName;
    const addPacked = (wanted: { readonly version: PostgresVersion; readonly brokenAs?: string }) =>
      base.addArchive('postgresql', wanted.brokenAs ?? wanted.version, (scratch, archive) => makeReleaseArtifact(wanted, scratch, archive));
    return {
      ...base,
      cluster,
      layout,
      adopt: () => base.adoptCluster(cluster, nodes.length),
      addRelease: (added) => addPacked({ version: added }),
      addBrokenRelease: (of, brokenAs) => addPacked({ version: of, brokenAs }),
      startClients: (pauseMs = 0) => startClients(layout.clientsAddress, dir, signal, pauseMs),
      waitHealthy: (limitMs) => base.waitClusterHealthy(cluster, limitMs),
    };
  });
}
