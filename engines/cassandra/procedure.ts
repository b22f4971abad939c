/** How a Cassandra cluster goes from one version to another: node by node, and its files after the last one. PURE. */
import type { ClusterView } from '../../common/facts.ts';
import type { HopPreparation, HopStepsInput } from '../../common/shape-forms.ts';
import { defineEngine } from '../kit/pure/engine.ts';
import { checks, type Sight } from './checks.ts';
import { ailmentOf, roles, type ServerFacts, serverFactsOf } from './facts.ts';
import { finalize, finalRestarts } from './finalize.ts';
import { next } from './order.ts';
import { cassandraScheme, isWithinSeries } from './scheme.ts';
import { repairRisk, rewrite, turns } from './turns.ts';

/** Older ones lack the tables of what a node does, by which it is looked at. */
const oldestSeries = '4.0';
const isKnown = (version: string): boolean => cassandraScheme.compareSeries(cassandraScheme.series(version), oldestSeries) >= 0;

export const cassandraProcedure = defineEngine<Sight, ServerFacts>({
  engine: 'cassandra',
  checks,
  factsOf: serverFactsOf,
  roles,
  noRole: 'outside the ring',
  // There is none: every node takes writes.
  leaderRole: 'leader',
  // A probe takes one connection and the names of the data files; before a plan and a turn also nodetool, which on a busy host takes its 60 s.
  probes: { everyMs: 10_000, answerMs: 75_000 },
  cannot: ({ from, to }) =>
    isKnown(from) && isKnown(to)
      ? null
      : `releases before ${oldestSeries} lack the system_views tables, which Drydock reads; follow the guide of that release by hand`,
  // Java and formats are proven by the release itself: when it is staged, and again before each stop.
  proves: [
    'trait:cassandraLatestYaml!=true',
    'java-8-or-11',
    'java-11-or-17',
    'schema-agreement',
    'sstables-current',
    'storage-compatibility-cassandra-4',
  ],
  does: ['upgradesstables', 'storage-compatibility-upgrading', 'storage-compatibility-none'],
  traits,
  // What is stored may name a node that was replaced: where the ring was asked, it counts.
  knows: ({ member, peers, ring }) => [member, ...(ring ?? peers).map((node) => node.member ?? node.address)],
  notAMember:
    'if nodetool status does not list it, a replaced node left its row in system.peers and system.peers_v2: delete that row on every node that has it',
  // What the lost node acknowledged may be left on one node alone, and hints that it kept are lost: another stop would hide that from reads at QUORUM.
  repairReplaced: 'run nodetool repair --full on it, for writes that the lost node acknowledged may be on one node only',
  sees: (server, member) => {
    const node = server.ring?.find((each) => each.member === member);
    const stored = server.peers.find((each) => each.member === member);
    return node === undefined ? null : { version: stored?.version ?? null, ailment: ailmentOf(node) };
  },
  next,
  turns,
  prepare,
  rewrite,
  finalRestarts,
  finalize,
});

/** What a configuration file that cannot be read holds is unknown. */
function traits({ nodes }: ClusterView): Readonly<Record<string, string>> {
  const latest = nodes.map(({ facts }) => serverFactsOf(facts)?.latestYaml ?? null);
  if (latest.includes(true)) return { cassandraLatestYaml: 'true' };
  return latest.includes(null) ? {} : { cassandraLatestYaml: 'false' };
}

function prepare({ hop }: HopStepsInput): HopPreparation {
  return { steps: [], undo: [], risks: isWithinSeries(hop) ? [] : [repairRisk] };
}
