/** What speaks against a run by the members of the cluster as they are seen, and by the versions that they run. */
import type { Problem } from '../../common/procedure.ts';
import { warn } from '../precheck-problems.ts';
import { maxLagEntries } from './checks.ts';
import { ailmentOf } from './facts.ts';
import { refuse } from './refusals.ts';
import type { Scene } from './scene.ts';
import { etcdScheme } from './scheme.ts';
import { leaderOf } from './topology.ts';

/** Each node is one member, every member was started and votes, and all tell of the same ones. */
export function membershipProblems(scene: Scene): readonly Problem[] {
  return [...namesOf(scene), ...listsOf(scene), ...learners(scene)];
}

/** Two agents that look at one member would stop one server and watch another. A name that settings contradict is a finding of its host. */
function namesOf({ answering }: Scene): readonly Problem[] {
  return answering.flatMap(({ node, server }) => {
    const twin = answering.find((other) => other.node !== node && other.server.ownId === server.ownId);
    if (twin === undefined) return [];
    const detail = `${node.instance} and ${twin.node.instance} are looked at through one member, ${server.ownId}: correct connection.endpoint on ${node.host} or ${twin.node.host}`;
    return [refuse('member-id', node.instance, detail, 'person')];
  });
}

function listsOf({ view, answering }: Scene): readonly Problem[] {
  const lists = new Set(answering.map(({ server }) => JSON.stringify(server.members.map(({ id, name }) => [id, name]).sort())));
  // Members removed long ago may come back with the first server of 3.6 (etcd-io/etcd#20967).
  if (lists.size <= 1) return [];
  return [
    refuse(
      'same-members',
      view.cluster,
      `the members of ${view.cluster} do not agree on who belongs to it; compare etcdctl member list of each`,
      'person',
    ),
  ];
}

function learners({ view, answering }: Scene): readonly Problem[] {
  const listed = new Map(answering.flatMap(({ server }) => server.members.map((member) => [member.id, member] as const)));
  return [...listed.values()].flatMap(({ id, name, isLearner }) => {
    if (name === '')
      return [
        refuse(
          'members-started',
          view.cluster,
          `member ${id} was added and never started: start it, or, if no server is to take its place, etcdctl member remove ${id}`,
          'person',
        ),
      ];
    return isLearner
      ? [refuse('no-learner', view.cluster, `${name} is a learner: etcdctl member promote ${id} when it has caught up`, 'person')]
      : [];
  });
}

/** One leader that all follow, everybody close behind it, and a quorum without the node that goes. */
export function quorumProblems(scene: Scene): readonly Problem[] {
  return [...leader(scene), ...ailing(scene), ...margin(scene)];
}

function leader({ view, members, answering }: Scene): readonly Problem[] {
  const terms = new Set(answering.map(({ server }) => server.term));
  const ids = new Set(answering.map(({ server }) => server.leaderId));
  // The leader's agent may know nothing of it just now; then that is said of its node.
  const isOne = leaderOf(members) !== null || (ids.size === 1 && !ids.has(null));
  if (answering.length === 0 || (isOne && terms.size === 1)) return [];
  return [
    refuse(
      'one-leader',
      view.cluster,
      `the members of ${view.cluster} do not follow one leader; wait for the election to end`,
      'automatic',
    ),
  ];
}

/** A member that tells that it is well, and that others see otherwise. */
function ailing({ answering, away }: Scene): readonly Problem[] {
  const seen = new Map<string, Problem>();
  for (const { node, server } of answering)
    for (const peer of server.peers) {
      const subject = answering.find(({ name }) => name === peer.member);
      const ailment = ailmentOf(server, peer, maxLagEntries);
      if (subject === undefined || ailment === null || away.includes(peer.member) || seen.has(peer.member)) continue;
      seen.set(
        peer.member,
        refuse('peers-healthy', subject.node.instance, `${node.instance} says of ${peer.member}: ${ailment}`, 'automatic'),
      );
    }
  return [...seen.values()];
}

function margin({ view }: Scene): readonly Problem[] {
  const count = view.nodes.length;
  if (count === 1) return [warn('quorum-margin', view.cluster, `${view.cluster} has one member: it is down while that one is restarted`)];
  if (count === 2)
    return [warn('quorum-margin', view.cluster, `${view.cluster} has two members: it takes no writes while either is restarted`)];
  return count % 2 === 0
    ? [warn('quorum-margin', view.cluster, `${view.cluster} has ${count} members: an odd number would bear as many failures`)]
    : [];
}

export function versionProblems(scene: Scene): readonly Problem[] {
  return [...onDisk(scene), ...mixed(scene), ...unsettled(scene), ...downgrades(scene)];
}

function onDisk({ answering }: Scene): readonly Problem[] {
  return answering.flatMap(({ node }) => {
    const { running, onDisk } = node.facts?.version ?? { running: null, onDisk: null };
    if (running === null || onDisk === running) return [];
    return [
      refuse(
        'version-on-disk',
        node.instance,
        `${node.instance} runs ${running}, but its current release is ${onDisk ?? 'none'}: somebody changed it under the running server; put the matching release back`,
        'person',
      ),
    ];
  });
}

function runningVersions({ answering }: Scene): readonly string[] {
  return [...new Set(answering.flatMap(({ node }) => node.facts?.version.running ?? []))].sort(etcdScheme.compare);
}

function mixed(scene: Scene): readonly Problem[] {
  const versions = runningVersions(scene);
  if (versions.length <= 1) return [];
  const { cluster } = scene.view;
  return [warn('mixed-versions', cluster, `the members run different versions: ${versions.join(', ')}; keep that time short`)];
}

/** With all members new the leader raises the cluster's version within seconds: until then nothing else is begun. */
function unsettled(scene: Scene): readonly Problem[] {
  const { view, answering, expected } = scene;
  const series = new Set(runningVersions(scene).map(etcdScheme.series));
  const [only] = series;
  if (series.size !== 1 || only === undefined || answering.length < expected.length) return [];
  const waiting = answering.find(({ server }) => server.downgradeTarget === null && server.clusterVersion !== only);
  if (waiting === undefined) return [];
  const detail = `every member of ${view.cluster} runs ${only}, and the cluster's version is still ${waiting.server.clusterVersion ?? 'not decided'}; its leader raises it automatically`;
  return [refuse('cluster-version', view.cluster, detail, 'automatic')];
}

/** In the middle of a plan that leads down it is as it should be; the guards of every other plan refuse it. */
function downgrades({ view, answering }: Scene): readonly Problem[] {
  const [target] = answering.flatMap(({ server }) => server.downgradeTarget ?? []);
  return target === undefined ? [] : [warn('no-downgrade', view.cluster, `a downgrade of ${view.cluster} to ${target} is under way`)];
}
