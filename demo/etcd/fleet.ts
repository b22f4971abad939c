/** A whole etcd fleet on this machine, as demo and tests use it: one controller, three hosts with agent and member each. */
import { type BaseFleet, type BootOptions, bootFleet, inRunDir } from '../base-fleet.ts';
import { type EtcdClients, startEtcdClients } from './clients/clients.ts';
import { type EtcdFleetLayout, etcdClusterName, etcdNames, layOutEtcdFleet } from './layout.ts';
import { type EtcdVersion, makeBrokenEtcdArtifact, makeEtcdArtifact } from './releases.ts';

export interface EtcdFleetOptions extends BootOptions {
  /** Version that the cluster runs at first. */
  readonly version: EtcdVersion;
  /** Of every member, beside its own. */
  readonly flags?: readonly string[];
}

export interface EtcdFleet extends BaseFleet {
  readonly cluster: string;
  readonly layout: EtcdFleetLayout;
  /** Waits for agents and members, then says that the cluster has three of them. */
  adopt(): Promise<void>;
  /** Packs a release and brings it to the controller. */
  addRelease(version: EtcdVersion): Promise<void>;
  /** A release that passes staging and fails at start. */
  addBrokenRelease(asVersion: string): Promise<void>;
  /** `pauseMs`: of each writer after every increment and of the reader after every read; left out: none. */
  startClients(pauseMs?: number): Promise<EtcdClients>;
  /** Resolves when cluster and controller agree that all is well. */
  waitHealthy(limitMs: number): Promise<void>;
}

/** Lays out and boots everything; the cluster is up but not adopted. When it fails nothing is left behind. */
export function startEtcdFleet(options: EtcdFleetOptions): Promise<EtcdFleet> {
  const { version, flags = [], signal = new AbortController().signal, say = () => {} } = options;
  return inRunDir(options.say, async (dir) => {
    say(`laying out etcd ${version} on three hosts in ${dir}`);
    const layout = await layOutEtcdFleet(dir, version, flags);
    say('booting the controller and three hosts, each with its supervisor, agent and member');
    const base = await bootFleet(layout, options);
    const cluster = etcdClusterName;
    return {
      ...base,
      cluster,
      layout,
      adopt: () => base.adoptCluster(cluster, etcdNames.length),
      addRelease: (added) => base.addArchive('etcd', added, (_, archive) => makeEtcdArtifact(added, archive)),
      addBrokenRelease: (added) =>
        base.addArchive('etcd', added, (scratch, archive) => makeBrokenEtcdArtifact(version, added, scratch, archive)),
      startClients: (pauseMs = 0) => startEtcdClients(layout.clientsAddress, dir, signal, pauseMs),
      waitHealthy: (limitMs) => base.waitClusterHealthy(cluster, limitMs),
    };
  });
}
