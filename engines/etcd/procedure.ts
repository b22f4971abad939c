/**
 * How an etcd cluster goes from one version to another: member by member, followers first, the leader last, in both directions. PURE.
 * Source: guides Upgrade etcd and Downgrade etcd of each minor.
 */
import { defineEngine } from '../kit/pure/engine.ts';
import { complain, type Judge } from '../kit/pure/judge.ts';
import { isSince } from '../kit/pure/series.ts';
import type { TurnTable } from '../kit/pure/turns.ts';
import { leaderLast } from '../kit/pure/voters.ts';
import { checks, type Sight } from './checks.ts';
import { nameOf, noRestore, type ServerFacts, sees, serverFactsOf } from './facts.ts';
import { finalize, prepare } from './hop-steps.ts';
import { etcdScheme } from './scheme.ts';

const oldestSeries = '3.5';
const snapshotTask = 'snapshot-from-leader';

const turns: TurnTable = {
  downtime: {
    // A start reads the whole database file and replays the log: minutes on a big one.
    deadlineMs: 15 * 60_000,
    expectedMs: 3_000,
    // From the begin of a stop to a read that a quorum agreed to.
    outMs: 2_000,
    // A member that leads when it is stopped gives that away first.
    quiesced: ({ role, peers }) => (role === 'leader' && peers.length > 0 ? 'hand over leadership' : null),
  },
  // After a start: to catch up by the log, or by a snapshot that the leader sends.
  health: { deadlineMs: 5 * 60_000, expectedMs: 500 },
  witness: { preferRole: 'leader', proves: 'seen by a peer, caught up' },
  verify: {
    title: 'check version, members and data',
    // Every member reads its whole database for its hash, one after the other, and a second time when a compaction came between.
    deadlineMs: 10 * 60_000,
    expectedMs: 500,
  },
};

/** The cluster has settled on the minor that the hop leads to, as this member knows, and its files are of that minor. */
const settled: Judge = (facts, expect) => {
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance} does not answer`, 'node-down');
  const wanted = etcdScheme.series(expect.version);
  if (server.clusterVersion !== wanted)
    return complain(`${facts.instance} reports cluster version ${server.clusterVersion ?? 'none'}, not ${wanted}`);
  if (server.storageVersion !== null && server.storageVersion !== wanted)
    return complain(`${facts.instance} has storage version ${server.storageVersion}, not ${wanted}`);
  return server.downgradeTarget === null ? null : complain(`a downgrade to ${server.downgradeTarget} is still under way`);
};

export const etcdProcedure = defineEngine<Sight, ServerFacts>({
  engine: 'etcd',
  checks,
  factsOf: serverFactsOf,
  roles: ['leader', 'follower'],
  noRole: 'without a leader',
  leaderRole: 'leader',
  // Each probe starts a tool for every member, which has its own seconds to dial and to be answered.
  probes: { everyMs: 3_000, answerMs: 8_000 },
  cannot: ({ from, to }) =>
    isSince(etcdScheme, from, oldestSeries) && isSince(etcdScheme, to, oldestSeries)
      ? null
      : `releases before ${oldestSeries} lack the tool for it (etcdutl); follow the guide of that minor by hand`,
  // Flags are proven against the release itself: when it is staged, and again before each stop.
  proves: [
    'trait:v2Content!=true',
    'all-members-healthy',
    'no-alarms',
    'no-learners',
    'no-v2-flags',
    'no-v2-entries',
    'no-experimental-flags',
  ],
  does: [snapshotTask, 'check-v2store', 'downgrade-validate', 'downgrade-enable', 'storage-version-lowered'],
  // One file makes a whole new cluster, of all members at once.
  leaderSnapshot: { task: snapshotTask },
  noRestore,
  knows: ({ members }) => members.map(nameOf),
  sees,
  // Without one leader that all follow a quorum is not sure.
  next: leaderLast(({ isLearner }) => !isLearner),
  turns,
  judges: { settled },
  prepare,
  finalize,
});
