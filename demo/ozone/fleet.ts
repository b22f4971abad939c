/** A whole Ozone fleet on this machine, as demo and tests use it: one controller, and three hosts with an agent and several processes each. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type BaseFleet, type BootOptions, bootFleet, inRunDir } from '../base-fleet.ts';
import { type OzoneAddress, type OzoneClients, startOzoneClients } from './clients/clients.ts';
import type { OzoneMemberName } from './cluster.ts';
import { layOutOzoneFleet, type OzoneFleetLayout, ozoneClusterName } from './layout.ts';
import { makeOzoneArtifact, type OzoneVersion } from './releases.ts';
import { rehearsedRules } from './rules.ts';

export interface OzoneFleet extends BaseFleet {
  readonly cluster: string;
  readonly layout: OzoneFleetLayout;
  /** Waits for agents and processes, then says how many of them the cluster has. */
  adopt(): Promise<void>;
  /** Packs a release and brings it to the controller. */
  addRelease(version: OzoneVersion): Promise<void>;
  /** By which 2.2.1 has to be finalized. */
  importRules(): Promise<void>;
  startClients(): Promise<OzoneClients>;
  /** Resolves when cluster and controller agree that all is well. */
  waitHealthy(limitMs: number): Promise<void>;
}

/** Nine starts of Java, while everything else on this machine starts, too. */
const upLimitMs = 600_000;

/** Of the demo. */
const usualMembers: readonly OzoneMemberName[] = ['om1', 'om2', 'om3', 'scm1', 'dn1', 'dn2', 'dn3', 'recon1', 's3g1'];

interface FleetOptions extends BootOptions {
  readonly version: OzoneVersion;
  /** Left out: those of the demo. */
  readonly members?: readonly OzoneMemberName[];
}

const gatewayOf = ({ processes, s3Endpoint, httpfsEndpoint }: OzoneFleetLayout): OzoneAddress =>
  processes.some(({ component }) => component === 's3g')
    ? { endpoint: s3Endpoint, over: 's3' }
    : { endpoint: httpfsEndpoint, over: 'webhdfs' };

/** Lays out and boots everything; the cluster is up but not adopted. When it fails nothing is left behind. */
export function startOzoneFleet(options: FleetOptions): Promise<OzoneFleet> {
  const { version, members = usualMembers, signal = new AbortController().signal, say = () => {} } = options;
  return inRunDir(options.say, async (dir) => {
    say(`laying out Ozone ${version} on three hosts in ${dir}, and initializing its metadata`);
    const layout = await layOutOzoneFleet(dir, { version, members }, signal);
    say(`booting the controller and three hosts, each with its supervisor, agent and processes`);
    const base = await bootFleet(layout, options);
    const cluster = ozoneClusterName;
    return {
      ...base,
      cluster,
      layout,
      adopt: () => base.adoptCluster(cluster, members.length, upLimitMs),
      addRelease: (added) => base.addArchive('ozone', added, (_, archive) => makeOzoneArtifact(added, archive)),
      async importRules() {
        const file = join(dir, 'rehearsed-ozone.yaml');
        await writeFile(file, await rehearsedRules());
        const { exitCode, stderr } = await base.cli(['rules', 'import', file]);
        if (exitCode !== 0) throw new Error(`drydock rules import ended with ${exitCode}: ${stderr.trim()}`);
      },
      startClients: () => startOzoneClients(gatewayOf(layout), dir, signal),
      waitHealthy: (limitMs) => base.waitClusterHealthy(cluster, limitMs),
    };
  });
}
