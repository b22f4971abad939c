/** Lays out a real etcd cluster on loopback, ready to be started by a supervisor. All members start together, in any order. */
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';

export interface EtcdMemberLayout {
  /** Its name in the cluster. */
  readonly name: string;
  readonly clientPort: number;
  readonly peerPort: number;
  /** Made here, empty or absent before. */
  readonly dataDir: string;
  /** Holds the release folders and the link `current`; made by the caller. */
  readonly releasesDir: string;
}

export interface EtcdClusterLayout {
  /** Keeps members of different clusters apart, should their ports ever be mixed up. */
  readonly token: string;
  readonly members: readonly [EtcdMemberLayout, ...EtcdMemberLayout[]];
  /** Flags added to every member: `--quota-backend-bytes=16777216`. */
  readonly flags?: readonly string[];
}

/** One member of the cluster, as supervisor, agent and clients need it. */
export interface EtcdMember {
  readonly name: string;
  readonly dataDir: string;
  readonly releasesDir: string;
  readonly clientUrl: string;
  /** Runs the server in the foreground; stop it with SIGTERM, upon which a leader first gives its role away. */
  readonly argv: readonly [string, ...string[]];
  /** `connection` of the instance in the agent's settings. */
  readonly connection: { readonly endpoint: string; readonly memberName: string };
}

/** Makes the data directories of all members; nothing runs afterwards. */
export async function layOutEtcdCluster(layout: EtcdClusterLayout): Promise<readonly EtcdMember[]> {
  const initialCluster = layout.members.map(({ name, peerPort }) => `${name}=${loopback(peerPort)}`).join(',');
  const members: EtcdMember[] = [];
  for (const { name, clientPort, peerPort, dataDir, releasesDir } of layout.members) {
    await mkdir(dataDir, { recursive: true });
    // The server warns about a folder that others can read.
    await chmod(dataDir, 0o700);
    const clientUrl = loopback(clientPort);
    members.push({
      name,
      dataDir,
      releasesDir,
      clientUrl,
      argv: [
        join(releasesDir, 'current', 'bin', 'etcd'),
        `--name=${name}`,
        `--data-dir=${dataDir}`,
        `--listen-client-urls=${clientUrl}`,
        `--advertise-client-urls=${clientUrl}`,
        `--listen-peer-urls=${loopback(peerPort)}`,
        `--initial-advertise-peer-urls=${loopback(peerPort)}`,
        `--initial-cluster=${initialCluster}`,
        `--initial-cluster-token=${layout.token}`,
        '--initial-cluster-state=new',
        // Many processes share the demo's machine: a late heartbeat must not look like a lost leader.
        '--heartbeat-interval=200',
        '--election-timeout=2000',
        ...(layout.flags ?? []),
      ],
      connection: { endpoint: clientUrl, memberName: name },
    });
  }
  return members;
}

function loopback(port: number): string {
  return `http://127.0.0.1:${port}`;
}
