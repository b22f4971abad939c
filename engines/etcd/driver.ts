/** Acts on one etcd member of this host: by the tools of the activated release, over HTTP, and by what its folders show. */
import { orNull } from '../kit/host/asking.ts';
import { defineDriver, type Observed } from '../kit/host/driver.ts';
import { lockHolder } from '../kit/host/processes.ts';
import { flagsKnown } from '../kit/host/start-flags.ts';
import { roleOf, serving } from '../kit/pure/voters.ts';
import { checks, type Sight } from './checks.ts';
import { etcdConfig } from './config.ts';
import { connectionOf } from './connection.ts';
import { nameOf, sees, serverSchema } from './facts.ts';
import { etcdDowngrades, giveLeadAway } from './host/commands.ts';
import { askHealth, askVersions } from './host/gateway.ts';
import { databaseFile, release, start, v2Content } from './host/programs.ts';
import { dataAgrees, sightOf } from './host/sight.ts';
import { etcdSnapshots } from './host/snapshots.ts';
import { tools } from './tools.ts';
import { v2Entries } from './wal/log.ts';

export const etcdDriver = defineDriver<typeof checks, Sight>({
  engine: 'etcd',
  checks,
  tools,
  connectionOf,
  sight: sightOf,
  observed,
  // It answers nothing, or nothing that takes a quorum: what it can say by itself is still worth knowing.
  async observedInPart(seen) {
    const [versions, status] = await Promise.all([orNull(seen.versions()), orNull(seen.status())]);
    const format = versions?.storage ?? versions?.cluster ?? null;
    return { databaseId: status?.clusterId ?? null, runningVersion: versions?.server ?? null, format };
  },
  expectedName: ({ settings }) => ({ name: connectionOf(settings).memberName ?? null, correct: 'connection.memberName, or endpoint' }),
  // The member answers its tools, so that snapshots, moves of the leader and downgrades can be asked for.
  capable: async (seen) => seen.status().then(() => ['maintenance']),
  answers: {
    'flags-known': ({ context, expect }) => flagsKnown(context, start, expect),
    'no-v2-content': ({ context }) => v2Content(context),
    'no-v2-entries': ({ context }) => v2Entries(context),
    'data-agrees': ({ context, seen }) => dataAgrees(context, seen),
  },
  release,
  alive: (context) => askHealth(context),
  // A leader that is stopped gives its role away by itself, but without a word when that fails: asked for, it is seen before the stop.
  shorten: giveLeadAway,
  // A running server keeps its database file locked.
  holder: (context) => lockHolder(context, databaseFile(context.settings.dataDir)),
  answersAtAll: askVersions,
  // A cluster that is full serves reads and can be repaired: a downtime is not turned back for it. What follows the downtime sees the alarm.
  async accepts(context, expectVersion) {
    const { server } = await askVersions(context);
    if (server !== expectVersion) return [false, `it runs ${server ?? 'an unknown version'}, not ${expectVersion}`];
    const reason = await askHealth(context, ['NOSPACE']);
    if (reason !== '') return [false, `it runs ${server} and is not healthy: ${reason}`];
    return [true, `it answers a linearizable read, as ${server}`];
  },
  settings: etcdDowngrades,
  config: etcdConfig,
  snapshots: etcdSnapshots,
});

async function observed(seen: Sight): Promise<Observed> {
  const [status, members, peers, versions] = await Promise.all([seen.status(), seen.members(), seen.peers(), seen.versions()]);
  const [inService] = await serving(seen);
  const storageVersion = versions.storage ?? status.storageVersion;
  const server = serverSchema.parse({ ...status, state: 'reachable', clusterVersion: versions.cluster, storageVersion, members, peers });
  return {
    databaseId: status.clusterId,
    name: nameOf(await seen.self()),
    runningVersion: versions.server,
    format: storageVersion ?? versions.cluster,
    role: roleOf(server),
    inService: inService === true,
    peers: peers.map(({ member }) => {
      const ailment = sees(server, member)?.ailment ?? null;
      const leads = server.members.some(({ id, name }) => name === member && id === server.leaderId);
      return { member, healthy: ailment === null, state: ailment ?? (leads ? 'leader' : 'follower'), lagBytes: null };
    }),
    detail: server,
  };
}
