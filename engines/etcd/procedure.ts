/**
 * How an etcd cluster goes from one version to another: member by member, followers first, the leader last, in both directions. PURE.
 * Source: guides Upgrade etcd and Downgrade etcd of each minor.
 */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { Procedure } from '../../common/procedure.ts';
import { checkIds } from './checks.ts';
import { roles } from './facts.ts';
import { judge, verifyChecks } from './health-checks.ts';
import { finalize, prepare } from './hop-steps.ts';
import { assess } from './prechecks.ts';
import { refusals } from './refusals.ts';
import { etcdScheme } from './scheme.ts';
import { leaderOf, membersOf } from './topology.ts';
import { turn, verify } from './turns.ts';

const oldestSeries = '3.5';
const snapshotTask = 'snapshot-from-leader';

export const etcdProcedure: Procedure = {
  engine: 'etcd',
  needs: checkIds,
  cannot: ({ from, to }) =>
    [from, to].some((version) => etcdScheme.compareSeries(etcdScheme.series(version), oldestSeries) < 0)
      ? `releases before ${oldestSeries} lack the tools that it is done with (etcdutl); take the guide of that minor, by hand`
      : null,
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
  // Each look starts a tool for every member, which has its own seconds to dial and to be answered.
  looks: { everyMs: 3_000, answerMs: 8_000 },
  preflightChecks: ['in-service', 'caught-up', 'no-alarm', 'no-learner'],
  refuses: refusals,
  verifyChecks,
  roles,
  leaderRole: 'leader',
  // One file makes a whole new cluster, of all members at once.
  leaderSnapshot: { task: snapshotTask },
  noRestore:
    'a snapshot of etcd makes a new cluster of all its members at once, which no plan does: stop every member and restore the same file on each by hand, etcdutl snapshot restore',
  assess,
  membersSeen,
  eligible,
  turn,
  prepare,
  finalize,
  verify,
  judge,
};

/** Names that the members know of; the id of one that was never started, so that nobody takes it for one of ours. */
function membersSeen(view: ClusterView): readonly string[] {
  const seen = new Set<string>();
  for (const { name, server } of membersOf(view)) {
    if (name !== null) seen.add(name);
    for (const member of server?.members ?? []) seen.add(member.name === '' ? member.id : member.name);
  }
  return [...seen].sort();
}

/** Instances that may be next. Without one leader that all follow nobody is: a quorum is not sure. The leader waits for unknown ones, too. */
function eligible(remaining: readonly string[], view: ClusterView): readonly string[] {
  const members = membersOf(view);
  const leader = leaderOf(members);
  if (leader === null) return [];
  const rest = members.filter(({ node }) => remaining.includes(node.instance));
  const others = rest.filter((member) => member !== leader);
  if (others.length === 0) return rest.map(({ node }) => node.instance);
  return others
    .filter(({ server }) => server !== null && !server.isLearner)
    .map(({ node }) => node.instance)
    .sort();
}
