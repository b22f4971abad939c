/** Prechecks over a whole cluster. Each looks at one thing and says what to do about it. PURE. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { Problem } from '../../common/procedure.ts';
import { foreign, refusal, silenceOf, unobserved } from '../precheck-problems.ts';
import { membershipProblems, quorumProblems, versionProblems } from './prechecks-members.ts';
import { refuse } from './refusals.ts';
import { type Scene, sceneOf } from './scene.ts';

/** All that speaks against taking a node of this cluster down now. `outOfTurn`: instances whose turn is open. */
export function assess(view: ClusterView, outOfTurn: readonly string[]): readonly Problem[] {
  const scene = sceneOf(view, outOfTurn);
  const nodes = scene.members.map(({ node }) => node);
  return [
    ...unobserved(nodes),
    ...findingsOf(scene),
    ...notInService(scene),
    ...foreign(view, nodes),
    ...membershipProblems(scene),
    ...quorumProblems(scene),
    ...alarms(scene),
    ...versionProblems(scene),
  ];
}

/** Judged from the facts themselves, with words that tell what to do. */
const judgedElsewhere: readonly string[] = ['in-service', 'no-alarm', 'no-learner'];

/** What the hosts found themselves. Unknown never counts as good. */
function findingsOf({ answering }: Scene): readonly Problem[] {
  return answering.flatMap(({ node }) =>
    (node.facts?.findings ?? [])
      .filter((finding) => finding.ok !== true && !judgedElsewhere.includes(finding.check))
      .map((finding) =>
        refusal(
          finding.check,
          node.instance,
          `${node.instance}: ${finding.detail}`,
          finding.check === 'caught-up' ? 'automatic' : 'person',
        ),
      ),
  );
}

function notInService({ expected }: Scene): readonly Problem[] {
  return expected
    .filter(({ node, server }) => node.connected && node.facts !== null && (server === null || !node.facts.inService))
    .map(({ node, server }) => {
      const { instance, facts } = node;
      if (server === null)
        return refuse(
          'in-service',
          instance,
          `${instance} does not serve (${silenceOf(facts?.detail)}); start it, or see its log`,
          'automatic',
        );
      const why = facts?.findings.find(({ check }) => check === 'in-service')?.detail ?? 'it does not answer a read that takes a quorum';
      return refuse('in-service', instance, `${instance} answers but does not serve: ${why}`, 'automatic');
    });
}

/** Each is said once, whoever tells of it. It goes on automatically when somebody has disarmed the alarm. */
function alarms({ view, answering }: Scene): readonly Problem[] {
  const names = new Map(answering.flatMap(({ server }) => server.members.map(({ id, name }) => [id, name] as const)));
  return [...new Set(answering.flatMap(({ server }) => server.alarms))].sort().map((alarm) => {
    const [kind = alarm, , id = ''] = alarm.split(' ');
    const remedy =
      kind === 'NOSPACE'
        ? 'compact, defragment, then etcdctl alarm disarm'
        : 'do not go on: compare the data of the members, see the guide on data corruption';
    return refuse('no-alarm', view.cluster, `alarm ${kind} is raised by ${names.get(id) ?? id}: ${remedy}`, 'automatic');
  });
}
