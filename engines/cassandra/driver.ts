/** Acts on one Cassandra node of this host: over the native protocol, by nodetool of the activated release, and by what its folders show. */
import { yamlFormat } from '../kit/config/yaml-format.ts';
import { orNull } from '../kit/host/asking.ts';
import { configAtStart } from '../kit/host/config-file.ts';
import { type Asked, defineDriver, type Observed } from '../kit/host/driver.ts';
import { checks, type Sight } from './checks.ts';
import { refusedChanges } from './config.ts';
import { connectionOf } from './connection.ts';
import { ailmentOf, type RingNode, type ServerFacts } from './facts.ts';
import { configPath } from './host/config-file.ts';
import { drain } from './host/drain.ts';
import { release } from './host/nodetool.ts';
import { dialAll } from './host/reach.ts';
import { askLocal, type NodeSight, sightOf } from './host/sight.ts';
import { cassandraSnapshots } from './host/snapshots.ts';
import { cassandraJobs } from './host/upgradesstables.ts';
import { tools } from './tools.ts';

export const cassandraDriver = defineDriver<typeof checks, Sight & NodeSight>({
  engine: 'cassandra',
  checks,
  tools,
  // A start of Java, on a host that is busy.
  checkMs: 60_000,
  connectionOf,
  sight: sightOf,
  observed,
  expectedName: () => ({ name: null, correct: 'connection.address' }),
  capable: async () => [],
  answers: {},
  release,
  async alive(context) {
    const { member, version, schemaVersion, joined } = await askLocal(context);
    return [member, version, schemaVersion, joined].join(' ');
  },
  // What makes a stop short is the drain, which takes the node out of service.
  shorten: async () => {},
  drain,
  // It locks nothing: that none of its ports takes a connection has to do.
  holder: async () => null,
  answersAtAll: dialAll,
  // Clients are served only once it has joined; that the others see it so is asked of them afterwards.
  async accepts(context, expectVersion) {
    const { version, joined } = await askLocal(context);
    if (version !== expectVersion) return [false, `it runs ${version}, not ${expectVersion}`];
    return [joined, joined ? `it has joined the ring and answers clients, as ${version}` : 'it has not joined the ring'];
  },
  jobs: cassandraJobs,
  config: configAtStart({ format: yamlFormat, path: configPath, refuses: refusedChanges }),
  snapshots: cassandraSnapshots,
});

/** A run asks again and again: what takes a start of nodetool is asked where a check wants it, and otherwise at the pace of idle probes. */
async function observed(seen: Sight & NodeSight, { checks: wanted }: Asked): Promise<Observed> {
  const { local, peers, compatibility } = await seen.server();
  const [ring, formats, config, schemaDigest] = await Promise.all([
    ringAsked(seen, wanted, [local, ...peers]),
    orNull(seen.formats()),
    seen.config(),
    orNull(seen.schemaDigest()),
  ]);
  const detail: ServerFacts = {
    state: 'reachable',
    ...local,
    isSeed: config?.seeds.includes(local.address) === true,
    peers: [...peers],
    ring: ring === null ? null : [...ring],
    formats: formats === null ? null : [...formats.keys()].sort(),
    compatibility,
    latestYaml: config?.latest ?? null,
    schemaDigest,
  };
  return {
    databaseId: local.clusterName,
    name: local.member,
    runningVersion: local.version,
    format: detail.formats === null || detail.formats.length === 0 ? null : detail.formats.join(' '),
    role: detail.isSeed ? 'seed' : 'node',
    inService: local.joined,
    peers: peersSeen(detail),
    detail,
  };
}

const letters = { normal: 'N', leaving: 'L', joining: 'J', moving: 'M' } as const;
const upLetter = ({ up }: RingNode): string => (up === null ? '?' : up ? 'U' : 'D');

function peersSeen({ member, ring }: ServerFacts): Observed['peers'] {
  return (ring ?? [])
    .filter((node) => node.member !== member)
    .map((node) => ({
      member: node.member ?? node.address,
      healthy: ailmentOf(node) === null,
      state: `${upLetter(node)}${letters[node.state]}`,
      lagBytes: null,
    }));
}

/**
 * null: it was not asked, or did not tell. Where no check wants it what was heard lately does, unless a node was amiss then or it names others than
 * those that are `stored`.
 */
async function ringAsked(
  seen: Sight & NodeSight,
  wanted: readonly string[],
  stored: readonly { readonly member: string }[],
): Promise<readonly RingNode[] | null> {
  if (wanted.includes('peers-healthy')) return orNull(seen.ring());
  if (wanted.length > 0) return null;
  const lately = await orNull(seen.ringLately());
  if (lately === null) return orNull(seen.ring());
  const ids = new Set(stored.map(({ member }) => member));
  const isOld =
    lately.length !== ids.size || lately.some((node) => ailmentOf(node) !== null || node.member === null || !ids.has(node.member));
  return isOld ? orNull(seen.ring()) : lately;
}
