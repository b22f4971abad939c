/** Every check of Cassandra, in the order in which guards and findings are asked. PURE: an answer asks by the probe that it is given. */

import type { TurnInput } from '../../common/shape-forms.ts';
import type { Answer, Checks } from '../kit/pure/checks.ts';
import {
  foundIs,
  mixedVersions,
  noneOf,
  notInService,
  observed,
  probedTwice,
  releaseIs,
  sameCluster,
  versionIs,
  versionOnDisk,
} from '../kit/pure/common-checks.ts';
import { ailmentOf, type PeerFacts, type RingNode, type ServerFacts, serverFactsOf } from './facts.ts';
import { type CompatibilityMode, olderIn, unreadableBy, writtenBy } from './formats.ts';
import * as wrong from './prechecks.ts';
import type { LocalFacts, NetStats } from './probe.ts';
import { cassandraScheme, isWithinSeries } from './scheme.ts';

/** What one connection to a node tells of it. */
export interface Server {
  readonly local: LocalFacts;
  readonly peers: readonly PeerFacts[];
  /** Pools in which it works for a repair now. */
  readonly repairs: readonly string[];
  /** null: its release knows none. */
  readonly compatibility: CompatibilityMode | null;
}

/** One probe of a node: whatever is asked for is asked once, and checks share the answers. Each throws FailureError when it does not answer. */
export interface Sight {
  server(): Promise<Server>;
  /** Every node as its failure detector and ring have it. */
  ring(): Promise<readonly RingNode[]>;
  streams(): Promise<NetStats>;
  /** How many sstables of each format there are. */
  formats(): Promise<ReadonlyMap<string, number>>;
  /** Of the schema of users' keyspaces. */
  schemaDigest(): Promise<string>;
  /** Its unit is active. */
  runs(): Promise<boolean>;
}

/** What a node that is restored was before does not matter. */
const notRestored = ({ restore }: TurnInput): boolean => restore === null;
const hasPeers = ({ peers }: TurnInput): boolean => peers.length > 0;

export const checks = {
  observed,
  'version-is': {
    ...versionIs<Sight>(async (seen) => (await seen.server()).local.version),
    guard: (turn) => notRestored(turn) && turn.hop.from,
  },
  'release-is': releaseIs,
  /** It has joined the ring and answers clients. How the others see it only they can tell. */
  'in-service': {
    preflight: true,
    verify: true,
    guard: notRestored,
    clears: 'automatic',
    answer: async ({ seen }) => {
      const { local } = await seen.server();
      return local.joined
        ? [true, `it has joined the ring and answers clients, as ${local.version}`]
        : [false, 'it has not joined the ring'];
    },
    wrong: notInService('it has not joined the ring'),
  },
  'same-cluster': sameCluster,
  'member-id': { clears: 'person', wrong: probedTwice(({ member }: ServerFacts) => member, 'connection.address', 'node') },
  /** No node joins, leaves or moves. */
  'ring-settled': { clears: 'automatic', wrong: wrong.moving },
  /** Every other node is up and normal as this one sees it: when this one is stopped, no other one is missing. */
  'peers-healthy': {
    planning: true,
    verify: true,
    guard: (turn) => hasPeers(turn) && notRestored(turn),
    clears: 'automatic',
    answer: ({ seen }) => peersHealthy(seen),
    wrong: wrong.ailing,
  },
  /** The same, unless this node does not serve itself: one in trouble passes, one that serves is not stopped beside another one that is missing. */
  'peers-healthy-if-serving': {
    guard: (turn) => hasPeers(turn) && !notRestored(turn),
    backGuard: hasPeers,
    answer: async ({ seen }) => {
      if (!(await seen.runs())) return [true, 'it is not running, so its stop takes nothing down'];
      const { local } = await seen.server();
      return local.joined ? peersHealthy(seen) : [true, 'it has not joined the ring, so its stop takes nothing down'];
    },
  },
  /** The nodes of its release hold one version of the schema, as this one sees it; those of others differ in their system tables. */
  'schema-agreed': {
    preflight: true,
    verify: true,
    guard: (turn) => hasPeers(turn) && notRestored(turn),
    clears: 'automatic',
    answer: async ({ seen }) => {
      const { local, peers } = await seen.server();
      const others = peers.filter(({ version, schemaVersion }) => version === local.version && schemaVersion !== local.schemaVersion);
      return others.length === 0
        ? [true, `every ${local.version} node that it knows has schema ${local.schemaVersion}`]
        : [false, `${others.map(({ address }) => address).join(', ')} have another schema than this node (${local.schemaVersion})`];
    },
    wrong: wrong.schemas,
  },
  /** While versions are mixed the schema of users' keyspaces is that of the plan: a change reaches nodes of the other release late, or never. */
  'schema-is': {
    guard: (turn) => !isWithinSeries(turn.hop) && notRestored(turn) && (serverFactsOf(turn.node.facts)?.schemaDigest ?? false),
    answer: async ({ seen, expect }) =>
      (await seen.schemaDigest()) === expect
        ? [true, 'the schema is the same as in the plan']
        : [false, 'the schema of user keyspaces has changed since the plan was made: undo the change, or end the run and plan again'],
  },
  /** It takes part in no repair. */
  'no-repair': {
    preflight: true,
    guard: notRestored,
    clears: 'automatic',
    answer: noneOf<Sight>(
      async (seen) => (await seen.server()).repairs,
      'it takes part in no repair',
      (repairs) => `it takes part in a repair (${repairs}): disable repairs until the run is over`,
    ),
  },
  /** No data is streamed from or to it. A start of nodetool more, so only asked for a plan and before a stop. */
  'no-streams': {
    planning: true,
    guard: notRestored,
    clears: 'automatic',
    answer: noneOf<Sight>(
      async (seen) => (await seen.streams()).streams,
      'it is not streaming',
      (streams) => `it is streaming: ${streams}`,
    ),
  },
  /** Every sstable has the format that the running release writes. */
  'sstables-current': {
    preflight: true,
    verify: true,
    guard: notRestored,
    clears: 'person',
    answer: async ({ seen }) => {
      const [{ local, compatibility }, formats] = await Promise.all([seen.server(), seen.formats()]);
      const written = writtenBy(local.version, compatibility);
      if (written === null) return [null, `Drydock does not know which sstable format ${local.version} writes`];
      // In this mode files of both formats are as they should be: the older ones are rewritten before the next mode.
      if (compatibility === 'UPGRADING') return [true, 'in mode UPGRADING, sstables of the old format are rewritten later'];
      const older = olderIn(formats, written);
      const texts = older.map(([format, count]) => `${count} sstables have format ${format}`);
      return older.length === 0
        ? [true, `every sstable has format ${written}`]
        : [false, `${texts.join(', ')}, and ${local.version} writes ${written}: run nodetool upgradesstables`];
    },
  },
  /** Every sstable has the format that it writes now, whatever the mode. */
  'sstables-rewritten': {
    answer: async ({ seen }) => {
      const [{ local, compatibility }, formats] = await Promise.all([seen.server(), seen.formats()]);
      const written = writtenBy(local.version, compatibility);
      if (written === null) return [null, `Drydock does not know which sstable format ${local.version} writes`];
      const count = olderIn(formats, written).reduce((sum, [, each]) => sum + each, 0);
      return [count === 0, count === 0 ? `every sstable has format ${written}` : `${count} sstables have another format than ${written}`];
    },
  },
  /** The running server is in the expected storage compatibility mode. */
  'compatibility-is': {
    answer: foundIs(
      async (seen) => (await seen.server()).compatibility,
      (mode) => `its storage compatibility mode is ${mode ?? 'unknown'}`,
    ),
  },
  /** Every sstable has a format that the expected version reads. */
  'sstables-readable': {
    guard: (turn) => turn.fromRelease !== turn.toRelease && notRestored(turn) && turn.hop.to,
    backGuard: ({ hop }) => hop.from,
    answer: async ({ seen, expect }) => {
      const formats = [...(await seen.formats()).keys()];
      const unreadable = unreadableBy(expect ?? '', formats);
      if (unreadable === null) return [null, `Drydock does not know which sstable formats ${expect} reads`];
      return unreadable.length === 0
        ? [true, `${expect} reads every sstable: ${formats.join(', ')}`]
        : [false, `${expect} does not read sstables of format ${unreadable.join(', ')}`];
    },
  },
  'version-on-disk': versionOnDisk,
  'mixed-versions': mixedVersions(cassandraScheme),
  /** The node of the expected host id is up and normal as this one sees it, with the same schema where both run the same release. */
  'member-in-service': { answer: ({ seen, expect }) => memberInService(seen, expect) },
} satisfies Checks<Sight, ServerFacts>;

async function memberInService(seen: Sight, expect: string | null): Promise<Answer> {
  const [{ local, peers }, ring] = await Promise.all([seen.server(), seen.ring()]);
  const node = ring.find(({ member }) => member === expect);
  if (node === undefined) return [false, `it does not know a node ${expect ?? '(none named)'}`];
  const ailment = ailmentOf(node);
  if (ailment !== null) return [false, `it reports ${node.address} unhealthy: ${ailment}`];
  const stored = peers.find(({ member }) => member === expect);
  const disagrees = stored?.version === local.version && stored.schemaVersion !== local.schemaVersion;
  return disagrees ? [false, `${node.address} has another schema than this node`] : [true, `${node.address} is up and normal`];
}

async function peersHealthy(seen: Sight): Promise<Answer> {
  const [{ local }, ring] = await Promise.all([seen.server(), seen.ring()]);
  const others = ring.filter(({ member }) => member !== local.member);
  const ailing = others.flatMap((node) => {
    const ailment = ailmentOf(node);
    return ailment === null ? [] : [`${node.address}: ${ailment}`];
  });
  if (ailing.length > 0) return [false, ailing.join('; ')];
  return [true, others.length === 0 ? 'it is the only node' : 'every other node is up and normal'];
}
