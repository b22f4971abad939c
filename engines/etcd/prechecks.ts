/** What the facts of a cluster tell that speaks against a run: its members, their votes, and the versions that they run. PURE. */
import type { Wrong } from '../kit/pure/checks.ts';
import { runningVersions } from '../kit/pure/common-checks.ts';
import type { Scene } from '../kit/pure/scene.ts';
import { ailmentOf, leaderOf, type MemberFacts, type ServerFacts } from './facts.ts';
import { etcdScheme } from './scheme.ts';

type Facts = (scene: Scene<ServerFacts>) => readonly Wrong[];

/** Two agents that look at one member would stop one server and watch another. A name that settings contradict is a finding of its host. */
export const twins: Facts = ({ answering }) =>
  answering.flatMap(({ node, server }) => {
    const twin = answering.find((other) => other.node !== node && other.server.ownId === server.ownId)?.node;
    if (twin === undefined) return [];
    const detail = `${node.instance} and ${twin.instance} are looked at through one member, ${server.ownId}: correct connection.endpoint on ${node.host} or ${twin.host}`;
    return [{ subject: node.instance, detail }];
  });

/** Members removed long ago may come back with the first server of 3.6 (etcd-io/etcd#20967). */
export const lists: Facts = ({ view: { cluster }, answering }) => {
  const reported = new Set(answering.map(({ server }) => JSON.stringify(server.members.map(({ id, name }) => [id, name]).sort())));
  const detail = `the members of ${cluster} do not agree on who belongs to it; compare etcdctl member list of each`;
  return reported.size > 1 ? [{ subject: cluster, detail }] : [];
};

export const neverStarted: Facts = (scene) =>
  listed(scene, ({ name }) => name === '').map(({ id }) => ({
    subject: scene.view.cluster,
    detail: `member ${id} was added and never started: start it, or, if no server is to take its place, etcdctl member remove ${id}`,
  }));

export const learners: Facts = (scene) =>
  listed(scene, ({ name, isLearner }) => name !== '' && isLearner).map(({ id, name }) => ({
    subject: scene.view.cluster,
    detail: `${name} is a learner: etcdctl member promote ${id} when it has caught up`,
  }));

function listed({ answering }: Scene<ServerFacts>, is: (member: MemberFacts) => boolean): readonly MemberFacts[] {
  return [...new Map(answering.flatMap(({ server }) => server.members.map((member) => [member.id, member] as const))).values()].filter(is);
}

/** The leader's agent may know nothing of it just now; then that is said of its node. */
export const leader: Facts = ({ view: { cluster }, members, answering }) => {
  const terms = new Set(answering.map(({ server }) => server.term));
  const ids = new Set(answering.map(({ server }) => server.leaderId));
  const isOne = leaderOf(members) !== null || (ids.size === 1 && !ids.has(null));
  if (answering.length === 0 || (isOne && terms.size === 1)) return [];
  return [{ subject: cluster, detail: `the members of ${cluster} do not follow one leader; wait for the election to end` }];
};

/** A member that tells that it is well, and that others see otherwise; said once of each. */
export const ailing: Facts = ({ answering, away }) =>
  answering.flatMap(({ node: { instance }, name }) => {
    if (name !== null && away.includes(name)) return [];
    const [complaint] = answering.flatMap(({ node, server }) =>
      server.peers.flatMap((peer) => {
        const ailment = peer.member === name ? ailmentOf(server, peer) : null;
        return ailment === null ? [] : [`${node.instance} says of ${name}: ${ailment}`];
      }),
    );
    return complaint === undefined ? [] : [{ subject: instance, detail: complaint }];
  });

export const margin: Facts = ({ view: { cluster, nodes } }) => {
  const count = nodes.length;
  const why =
    count === 1
      ? 'one member: it is down while that one is restarted'
      : count === 2
        ? 'two members: it takes no writes while either is restarted'
        : count % 2 === 0
          ? `${count} members: an odd number would bear as many failures`
          : null;
  return why === null ? [] : [{ subject: cluster, detail: `${cluster} has ${why}` }];
};

/** Each is said once, whoever tells of it. */
export const alarms: Facts = (scene) => {
  const names = new Map(listed(scene, () => true).map(({ id, name }) => [id, name] as const));
  return [...new Set(scene.answering.flatMap(({ server }) => server.alarms))].sort().map((alarm) => {
    const [kind = alarm, , id = ''] = alarm.split(' ');
    const remedy =
      kind === 'NOSPACE'
        ? 'compact, defragment, then etcdctl alarm disarm'
        : 'do not go on: compare the data of the members, see the guide on data corruption';
    return { subject: scene.view.cluster, detail: `alarm ${kind} is raised by ${names.get(id) ?? id}: ${remedy}` };
  });
};

/** With all members new the leader raises the cluster's version within seconds: until then nothing else is begun. */
export const unsettled: Facts = (scene) => {
  const { view, answering, expected } = scene;
  const [only, second] = new Set(runningVersions(scene).map(etcdScheme.series));
  if (only === undefined || second !== undefined || answering.length < expected.length) return [];
  const waiting = answering.find(({ server }) => server.downgradeTarget === null && server.clusterVersion !== only);
  if (waiting === undefined) return [];
  const detail = `every member of ${view.cluster} runs ${only}, and the cluster's version is still ${waiting.server.clusterVersion ?? 'not decided'}; its leader raises it automatically`;
  return [{ subject: view.cluster, detail }];
};

export const downgrades: Facts = ({ view: { cluster }, answering }) => {
  const [target] = answering.flatMap(({ server }) => server.downgradeTarget ?? []);
  return target === undefined ? [] : [{ subject: cluster, detail: `a downgrade of ${cluster} to ${target} is under way` }];
};
