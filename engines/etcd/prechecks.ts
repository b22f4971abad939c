/** What the facts of a cluster tell that speaks against a run: its members, their votes, and the versions that they run. PURE. */
import { ofCluster, runningVersions } from '../kit/pure/common-checks.ts';
import type { Scene } from '../kit/pure/scene.ts';
import type { MemberFacts, ServerFacts } from './facts.ts';
import { etcdScheme } from './scheme.ts';

/** Members removed long ago may come back with the first server of 3.6 (etcd-io/etcd#20967). */
export const lists = ofCluster<ServerFacts>(({ view: { cluster }, answering }) => {
  const reported = new Set(answering.map(({ server }) => JSON.stringify(server.members.map(({ id, name }) => [id, name]).sort())));
  return reported.size > 1 ? [`the members of ${cluster} disagree on the member list; compare etcdctl member list on each`] : [];
});

export const neverStarted = ofCluster<ServerFacts>((scene) => {
  const remedy = 'start it, or remove it with etcdctl member remove';
  return listed(scene, ({ name }) => name === '').map(({ id }) => `member ${id} was added and never started: ${remedy} ${id}`);
});

export const learners = ofCluster<ServerFacts>((scene) =>
  listed(scene, ({ name, isLearner }) => name !== '' && isLearner).map(
    ({ id, name }) => `${name} is a learner: run etcdctl member promote ${id} once it has caught up`,
  ),
);

function listed({ answering }: Scene<ServerFacts>, is: (member: MemberFacts) => boolean): readonly MemberFacts[] {
  return [...new Map(answering.flatMap(({ server }) => server.members.map((member) => [member.id, member] as const))).values()].filter(is);
}

const corrupt = 'do not continue: compare the data of the members as the etcd guide on data corruption describes';

/** Each is said once, whichever members report it. */
export const alarms = ofCluster<ServerFacts>((scene) => {
  const names = new Map(listed(scene, () => true).map(({ id, name }) => [id, name] as const));
  return [...new Set(scene.answering.flatMap(({ server }) => server.alarms))].sort().map((alarm) => {
    const [kind = alarm, , id = ''] = alarm.split(' ');
    const remedy = kind === 'NOSPACE' ? 'compact, defragment, then run etcdctl alarm disarm' : corrupt;
    return `alarm ${kind} is raised by ${names.get(id) ?? id}: ${remedy}`;
  });
});

/** With all members new the leader raises the cluster's version within seconds: until then nothing else is begun. */
export const unsettled = ofCluster<ServerFacts>((scene) => {
  const { view, answering, expected } = scene;
  const [only, second] = new Set(runningVersions(scene).map(etcdScheme.series));
  if (only === undefined || second !== undefined || answering.length < expected.length) return [];
  const waiting = answering.find(({ server }) => server.downgradeTarget === null && server.clusterVersion !== only);
  if (waiting === undefined) return [];
  const version = waiting.server.clusterVersion ?? 'not decided';
  return [`every member of ${view.cluster} runs ${only}, but the cluster version is still ${version}; the leader raises it automatically`];
});

export const downgrades = ofCluster<ServerFacts>(({ view: { cluster }, answering }) => {
  const [target] = answering.flatMap(({ server }) => server.downgradeTarget ?? []);
  return target === undefined ? [] : [`a downgrade of ${cluster} to ${target} is under way`];
});
