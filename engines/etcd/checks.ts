/** Every check of etcd, in the order in which guards and findings are asked. PURE: an answer asks by the look that it is given. */
import type { Answer, Checks, Question } from '../kit/pure/checks.ts';
import * as common from '../kit/pure/common-checks.ts';
import { ailmentOf, hasCaughtUp, oneLeader, othersHealthy, roleOf, type VotingPeer } from '../kit/pure/voters.ts';
import { maxLagEntries, nameOf, type ServerFacts, sees } from './facts.ts';
import * as wrong from './prechecks.ts';
import type { EndpointStatus, MemberSeen, VersionsSeen } from './probe.ts';
import { etcdScheme, minorsOf, readsNoV2Entries } from './scheme.ts';

/** One look at a member: whatever is asked for is asked once, and checks share the answers. Each throws FailureError when it does not answer. */
export interface Sight {
  status(): Promise<EndpointStatus>;
  /** Asked anew, for what has to be compared with an answer of before. */
  statusNow(): Promise<EndpointStatus>;
  members(): Promise<readonly MemberSeen[]>;
  /** The member's own entry in its list of members. */
  self(): Promise<MemberSeen>;
  versions(): Promise<VersionsSeen>;
  /** Empty: healthy. */
  health(): Promise<string>;
  /** All members but this one, each asked over its own client URLs. */
  peers(): Promise<readonly VotingPeer[]>;
  /** Why the member at this client URL does not answer a read that a quorum agreed to; null: it does. */
  whyUnhealthy(endpoint: string): Promise<string | null>;
  /** Its unit is active. */
  runs(): Promise<boolean>;
}

const always = { preflight: true, verify: true, guard: true } as const;
const noQuorum = 'it does not answer a read that takes a quorum';

export const checks = {
  observed: common.observed,
  /** The member does now what `expect` says. Whoever leads has given that away before the guards are asked. */
  'role-is': {
    guard: ({ peers }) => peers.length > 0 && 'follower',
    answer: async ({ seen, expect }) => {
      const role = roleOf(await seen.status());
      return [role === expect, role === null ? 'the cluster has no leader' : `it is a ${role}`];
    },
  },
  'version-is': common.versionIs<Sight>(async (seen) => (await seen.versions()).server),
  'release-is': common.releaseIs,
  /** It answers a read that a quorum agreed to, and is a started voter. */
  'in-service': { ...always, clears: 'automatic', answer: ({ seen }) => serving(seen), wrong: common.notInService(noQuorum) },
  'same-cluster': common.sameCluster,
  'member-id': { wrong: common.lookedAtTwice(({ ownId }: ServerFacts) => ownId, 'connection.endpoint') },
  'same-members': { wrong: wrong.lists },
  /** It has applied nearly all that the others have. */
  'caught-up': {
    preflight: true,
    guard: true,
    clears: 'automatic',
    answer: async ({ seen }) => hasCaughtUp(await seen.peers(), seen.statusNow, maxLagEntries),
  },
  'members-started': { wrong: wrong.neverStarted },
  /** Every other member is there and has caught up: when this one is stopped, no other one is missing. */
  'peers-healthy': { verify: true, guard: true, clears: 'automatic', answer: peersHealthy, wrong: common.seenOtherwise(sees) },
  'one-leader': oneLeader,
  'quorum-margin': common.quorumMargin,
  /** No alarm is raised in the whole cluster (NOSPACE, CORRUPT). It goes on automatically when somebody has disarmed the alarm. */
  'no-alarm': {
    ...always,
    clears: 'automatic',
    answer: async ({ seen }) => {
      const { alarms } = await seen.status();
      return [
        alarms.length === 0,
        alarms.length === 0 ? 'no alarm is raised' : `alarms are raised: ${alarms.join(', ')}; see to the cause and disarm`,
      ];
    },
    wrong: wrong.alarms,
  },
  'no-learner': {
    ...always,
    answer: async ({ seen }) => {
      const learners = (await seen.members()).filter(({ isLearner }) => isLearner).map(nameOf);
      const detail = `${learners.join(', ')} is a learner: promote it when it has caught up`;
      return learners.length === 0 ? [true, 'every member votes'] : [false, detail];
    },
    wrong: wrong.learners,
  },
  'version-on-disk': common.versionOnDisk,
  'mixed-versions': common.mixedVersions(etcdScheme),
  'cluster-version': { clears: 'automatic', wrong: wrong.unsettled },
  /** The release that is expected knows every flag that the running server was started with. */
  'flags-known': { guard: ({ fromRelease, toRelease }) => fromRelease !== toRelease && toRelease, answer: 'host' },
  /** Nothing is in the v2 store, which 3.6 and newer do not carry on. */
  'no-v2-content': {
    guard: ({ hop }) => hop.direction === 'upgrade' && minorsOf(hop).from === '3.5' && minorsOf(hop).differ,
    answer: 'host',
  },
  /** Its log holds nothing in the form of 3.5 that a server of 3.7 would read at its start. */
  'no-v2-entries': { guard: ({ hop }) => readsNoV2Entries(hop), answer: 'host' },
  /** The files of this member are of the minor that is expected: the older server reads no newer ones. Before 3.6 they are of the cluster's minor. */
  'storage-version-is': {
    guard: ({ hop }) => minorsOf(hop).down && minorsOf(hop).to,
    answer: async ({ seen, expect }) => {
      const { storage, cluster } = await seen.versions();
      const found = storage ?? cluster;
      return [found === expect, `its files are of ${found ?? 'no known version'}`];
    },
  },
  /** In the middle of a plan that leads down one is as it should be; the guards of every other plan refuse it. */
  'no-downgrade': {
    guard: ({ hop }) => !minorsOf(hop).down,
    severity: 'warn',
    answer: async ({ seen }) => {
      const { downgradeTarget: target } = await seen.status();
      return [target === null, target === null ? 'no downgrade is under way' : `a downgrade to ${target} is under way`];
    },
    wrong: wrong.downgrades,
  },
  /** `peers-healthy`, unless this member does not serve itself: one in trouble passes, one that serves is not stopped beside another one that is missing. */
  'peers-healthy-if-serving': {
    backGuard: ({ peers }) => peers.length > 0,
    answer: async ({ seen }) =>
      common.ifServing(
        await seen.runs(),
        () => serving(seen),
        () => peersHealthy({ seen }),
      ),
  },
  /** The cluster's minor is not above the expected one: once it has settled on the new minor, no older server starts. */
  'cluster-version-at-most': {
    backGuard: ({ hop }) => hop.direction === 'upgrade' && minorsOf(hop).differ && minorsOf(hop).from,
    answer: async ({ seen, expect }) => {
      // A member that does not run is not hurt by a start that its own server refuses.
      if (!(await seen.runs())) return [true, 'nothing runs here, so nothing is taken down'];
      const { cluster } = await seen.versions();
      if (cluster === null || expect === null) return [null, 'the cluster has not decided on a version yet'];
      if (etcdScheme.compareSeries(cluster, expect) <= 0) return [true, `the cluster is at ${cluster}`];
      return [false, `the cluster is at ${cluster} already: a server of ${expect} would not start; downgrade the cluster instead`];
    },
  },
  /** The cluster has settled on the minor that is expected. */
  'cluster-version-is': {
    answer: async ({ seen, expect }) => {
      const { cluster } = await seen.versions();
      return [cluster === expect, `the cluster is at ${cluster ?? 'no version yet'}`];
    },
  },
  /** The member that is expected answers such a read, follows the same leader and has applied nearly what this one has. */
  'member-in-service': { answer: ({ seen, expect }) => memberServing(seen, expect) },
  /** All members have the same data at the same revision. */
  'data-agrees': { verify: true, answer: 'host' },
} satisfies Checks<Sight, ServerFacts>;

/** Its own word: a read that a quorum agreed to, as a started voter. */
export async function serving(seen: Sight): Promise<Answer> {
  const [reason, status] = await Promise.all([seen.health(), seen.status()]);
  if (reason !== '') return [false, `it is not healthy: ${reason}`];
  if (status.isLearner) return [false, 'it is a learner, which does not serve clients'];
  return status.leaderId === null ? [false, 'the cluster has no leader'] : [true, 'it answers a read that a quorum agreed to'];
}

async function memberServing(seen: Sight, expect: string | null): Promise<Answer> {
  const member = (await seen.members()).find(({ name }) => name === expect);
  if (member === undefined) return [false, `the cluster has no member ${expect ?? '(none named)'}`];
  const peer = (await seen.peers()).find(({ member: name }) => name === expect);
  if (peer === undefined) return [false, `${expect} is this member itself`];
  const ailment = ailmentOf(await seen.status(), peer, maxLagEntries);
  if (ailment !== null) return [false, `${expect}: ${ailment}`];
  const [endpoint] = member.clientUrls;
  const reason = endpoint === undefined ? 'it has no client URL' : await seen.whyUnhealthy(endpoint);
  return reason === null ? [true, `${expect} serves, at entry ${peer.appliedIndex}`] : [false, `${expect} is not healthy: ${reason}`];
}

async function peersHealthy({ seen }: Pick<Question<Sight>, 'seen'>): Promise<Answer> {
  const [status, peers] = await Promise.all([seen.status(), seen.peers()]);
  return othersHealthy(status, peers, maxLagEntries);
}
