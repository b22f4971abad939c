/** A child program of the fleet bench: so many clusters of twins in one process. argv: address, folder of the authority, clusters. */
import { setTimeout as pause } from 'node:timers/promises';
import { dialController } from '../../../../agent/link/link.ts';
import { clientCredentials, secureClientOptions } from '../../../../proto/secure-channel.ts';
import { hostName, nodesPerCluster } from '../names.ts';
import { type ActingCluster, actingCluster } from './acting-cluster.ts';
import { agentIdentities } from './identities.ts';

/** What the parent hears every quarter of a second. */
export interface ActingNews {
  readonly connected: number;
  readonly breaches: number;
}

const newsEveryMs = 250;
const [address = '', trustDir = '', count = '0'] = process.argv.slice(2);
const hosts = Array.from({ length: Number(count) * nodesPerCluster }, (_, index) => hostName(index));
const identities = new Map((await agentIdentities(trustDir, hosts)).map((identity, index) => [hosts[index], identity]));
const clusters: ActingCluster[] = [];

process.once('disconnect', () => process.exit());
setInterval(() => {
  const sum = (of: (cluster: ActingCluster) => number) => clusters.reduce((total, cluster) => total + of(cluster), 0);
  const news: ActingNews = { connected: sum(({ connected }) => connected), breaches: sum(({ breaches }) => breaches) };
  process.send?.(news);
}, newsEveryMs);

for (let number = 0; number < Number(count); number += 1) {
  clusters.push(
    actingCluster(number, (host) => {
      const identity = identities.get(host);
      if (identity === undefined) throw new Error(`no certificate for ${host}`);
      return dialController(address, () => ({ credentials: clientCredentials(identity), options: secureClientOptions }));
    }),
  );
  await pause(10);
}
