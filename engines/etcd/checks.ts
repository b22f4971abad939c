/** Every check of etcd, in the order in which guards and findings are asked. PURE: an answer asks by the probe that it is given. */
import type { Checks } from '../kit/pure/checks.ts';
import * as common from '../kit/pure/common-checks.ts';
import { hasCaughtUp, memberServing, oneLeader, othersHealthy, roleOf, serving, type VoterSight } from '../kit/pure/voters.ts';
import { type MemberFacts, maxLagEntries, nameOf, type ServerFacts, sees } from './facts.ts';
import * as wrong from './prechecks.ts';
import type { EndpointStatus, VersionsSeen } from './probe.ts';
import { etcdScheme, minorsOf, readsNoV2Entries } from './scheme.ts';

/** One probe of a member: whatever is asked for is asked once, and checks share the answers. Each throws FailureError when it does not answer. */
export interface Sight extends VoterSight {
  status(): Promise<EndpointStatus>;
  members(): Promise<readonly MemberFacts[]>;
  /** The member's own entry in its list of members. */
  self(): Promise<MemberFacts>;
  versions(): Promise<VersionsSeen>;
}

const othersThere = (seen: Sight) => othersHealthy(seen, maxLagEntries);
const always = { preflight: true, verify: true, guard: true } as const;
const otherwise = common.seenOtherwise(sees);
const noQuorum = 'it does not answer a linearizable read';

export const checks = {
  observed: common.observed,
  /** The member does now what `expect` says. A member that leads has given that away before the guards are asked. */
  'role-is': {
    guard: ({ peers }) => peers.length > 0 && 'follower',
    answer: common.foundIs<Sight>(
      async (seen) => roleOf(await seen.status()),
      (role) => (role === null ? 'the cluster has no leader' : `it is a ${role}`),
    ),
  },
  'version-is': common.versionIs<Sight>(async (seen) => (await seen.versions()).server),
  'release-is': common.releaseIs,
  /** It answers a read that a quorum agreed to, and is a started voter. */
  'in-service': { ...always, clears: 'automatic', answer: ({ seen }) => serving(seen), wrong: common.notInService(noQuorum) },
  'same-cluster': common.sameCluster,
  'member-id': { clears: 'person', wrong: common.probedTwice(({ ownId }: ServerFacts) => ownId, 'connection.endpoint') },
  'same-members': { clears: 'person', wrong: wrong.lists },
  /** It has applied nearly all that the others have. */
  'caught-up': { preflight: true, guard: true, clears: 'automatic', answer: ({ seen }) => hasCaughtUp(seen, maxLagEntries) },
  'members-started': { clears: 'person', wrong: wrong.neverStarted },
  /** Every other member is there and has caught up: when this one is stopped, no other one is missing. */
  'peers-healthy': { verify: true, guard: true, clears: 'automatic', answer: ({ seen }) => othersThere(seen), wrong: otherwise },
  'one-leader': oneLeader,
  'quorum-margin': common.quorumMargin,
  /** No alarm is raised in the whole cluster (NOSPACE, CORRUPT). It goes on automatically when somebody has disarmed the alarm. */
  'no-alarm': {
    ...always,
    clears: 'automatic',
    answer: common.noneOf<Sight>(
      async (seen) => (await seen.status()).alarms,
      'no alarm is raised',
      (alarms) => `alarms are raised: ${alarms}; fix the cause, then run etcdctl alarm disarm`,
    ),
    wrong: wrong.alarms,
  },
  'no-learner': {
    ...always,
    clears: 'person',
    answer: common.noneOf<Sight>(
      async (seen) => (await seen.members()).filter(({ isLearner }) => isLearner).map(nameOf),
      'every member votes',
      (learners) => `${learners} is a learner: promote it when it has caught up`,
    ),
    wrong: wrong.learners,
  },
  'version-on-disk': common.versionOnDisk,
  'mixed-versions': common.mixedVersions(etcdScheme),
  'cluster-version': { clears: 'automatic', wrong: wrong.unsettled },
  /** The release that is expected knows every flag that the running server was started with, and what its file will set: that of the digest, if one is named. */
  'flags-known': {
    guard: ({ fromRelease, toRelease, config }) =>
      fromRelease !== toRelease && (config === null ? toRelease : `${toRelease} ${config.toDigest}`),
    answer: 'host',
  },
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
    answer: common.foundIs<Sight>(
      async (seen) => seen.versions().then(({ storage, cluster }) => storage ?? cluster),
      (minor) => `its storage version is ${minor ?? 'unknown'}`,
    ),
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
    answer: ({ seen }) => common.ifServing(seen, serving, othersThere),
  },
  /** The cluster's minor is not above the expected one: once it has settled on the new minor, no older server starts. */
  'cluster-version-at-most': {
    backGuard: ({ hop }) => hop.direction === 'upgrade' && minorsOf(hop).differ && minorsOf(hop).from,
    answer: async ({ seen, expect }) => {
      // A member that does not run is not hurt by a start that its own server refuses.
      if (!(await seen.runs())) return [true, common.notRunning];
      const { cluster } = await seen.versions();
      if (cluster === null || expect === null) return [null, 'the cluster version is not decided yet'];
      if (etcdScheme.compareSeries(cluster, expect) <= 0) return [true, `the cluster version is ${cluster}`];
      return [false, `the cluster version is ${cluster} already: a server of ${expect} would not start; downgrade the cluster instead`];
    },
  },
  /** The cluster has settled on the minor that is expected. */
  'cluster-version-is': {
    answer: common.foundIs<Sight>(
      async (seen) => (await seen.versions()).cluster,
      (minor) => `the cluster version is ${minor ?? 'not decided yet'}`,
    ),
  },
  /** The member that is expected answers such a read, follows the same leader and has applied nearly what this one has. */
  'member-in-service': { answer: ({ seen, expect }) => memberServing(seen, expect, maxLagEntries) },
  /** All members have the same data at the same revision. */
  'data-agrees': { verify: true, answer: 'host' },
} satisfies Checks<Sight, ServerFacts>;
