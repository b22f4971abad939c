/** Prechecks over a whole cluster. Each looks at one thing and says what to do about it. PURE. */
import type { ClusterView } from '../../common/cluster-view.ts';
import type { Problem } from '../../common/procedure.ts';
import { needingReseed, replicationProblems } from './prechecks-replication.ts';
import { foreign, refusal, silenceOf, unobserved, warn } from './problems-of-nodes.ts';
import { refuse, stopChecks } from './refusals.ts';
import { type Scene, sceneOf } from './scene.ts';

/** All that speaks against taking a node of this cluster down now. `outOfTurn`: instances whose turn is open. */
export function assess(view: ClusterView, outOfTurn: readonly string[]): readonly Problem[] {
  const scene = sceneOf(view, outOfTurn);
  const nodes = scene.members.map(({ node }) => node);
  const parted = needingReseed(scene);
  const others = [
    ...unobserved(nodes),
    ...findingsOf(scene),
    ...notInService(scene),
    ...foreign(view, nodes),
    ...namesOf(scene),
    ...primaryCount(scene),
    ...versionsOf(scene),
    ...replicationProblems(scene),
  ];
  // Whatever else is wrong with such a member follows from that.
  return [...parted, ...others.filter((problem) => !parted.some(({ subject }) => subject === problem.subject))];
}

/** Judged by other rules than the rest of what the hosts find: only who hands over must be able to follow, and a fork has its own hold. */
const judgedElsewhere: readonly string[] = ['in-service', 'can-follow', 'needs-no-reseed', 'wal-reaches-back'];

/** What the hosts found themselves. Unknown never counts as good. */
function findingsOf({ expected }: Scene): readonly Problem[] {
  return expected.flatMap(({ node, server }) => {
    // A server that does not answer leaves all of them unknown; that is said once, below.
    if (server === null) return [];
    return (node.facts?.findings ?? [])
      .filter((finding) => finding.ok !== true && !judgedElsewhere.includes(finding.check))
      .map((finding) => refusal(finding.check, node.instance, `${node.instance}: ${finding.detail}`, clearsOf(finding.check)));
  });
}

function clearsOf(check: string): Problem['clears'] {
  return stopChecks.some((each) => each === check) ? 'automatic' : 'person';
}

function notInService({ expected, primaryIsOut }: Scene): readonly Problem[] {
  return expected
    .filter(({ node, server }) => node.connected && node.facts !== null && (server === null || !(node.facts.inService || primaryIsOut)))
    .map(({ node, server }) =>
      refuse(
        'in-service',
        node.instance,
        server === null
          ? `${node.instance} does not answer SQL (${silenceOf(node.facts?.detail)}); start it, or see its log`
          : `${node.instance} answers but does not serve as ${node.facts?.role ?? 'a member of unknown role'}: ${findingText(node.facts?.findings)}`,
        'automatic',
      ),
    );
}

function findingText(findings: readonly { readonly check: string; readonly detail: string }[] | undefined): string {
  return findings?.find((finding) => finding.check === 'in-service')?.detail ?? 'it does not stream from its primary';
}

function namesOf({ members }: Scene): readonly Problem[] {
  return members.flatMap((member) => {
    const { node, memberId, server } = member;
    if (server === null) return [];
    if (memberId === null)
      return [
        refuse('member-id', node.instance, `${node.instance} does not report its application_name; set it in its configuration`, 'person'),
      ];
    const twin = members.find((other) => other !== member && other.memberId === memberId);
    if (twin === undefined) return [];
    return [
      refuse(
        'member-id',
        node.instance,
        `${node.instance} and ${twin.node.instance} share the application_name ${memberId}; give each its own`,
        'person',
      ),
    ];
  });
}

function primaryCount({ view, primaries, primaryIsOut }: Scene): readonly Problem[] {
  if (primaries.length > 1) {
    const names = primaries.map(({ node }) => node.instance).join(' and ');
    return [refuse('two-primaries', view.cluster, `${names} both take writes: stop the wrong one by hand before anything else`, 'person')];
  }
  if (primaries.length === 1 || primaryIsOut) return [];
  return [refuse('one-primary', view.cluster, `no member of ${view.cluster} is a primary that answers; promote or start one`, 'automatic')];
}

function versionsOf({ view, members, expected }: Scene): readonly Problem[] {
  const problems: Problem[] = [];
  for (const { node } of expected) {
    const { running, onDisk } = node.facts?.version ?? { running: null, onDisk: null };
    if (running !== null && onDisk !== running)
      problems.push(
        refuse(
          'version-on-disk',
          node.instance,
          `${node.instance} runs ${running}, but its current release is ${onDisk ?? 'none'}: somebody changed it under the running server; put the matching release back`,
          'person',
        ),
      );
  }
  const formats = distinct(members.map(({ node }) => node.facts?.version.format ?? null));
  if (formats.length > 1)
    problems.push(refuse('one-major', view.cluster, `the members hold data of different majors: ${formats.join(', ')}`, 'person'));
  const versions = distinct(members.map(({ node }) => node.facts?.version.running ?? null));
  if (versions.length > 1)
    problems.push(warn('mixed-versions', view.cluster, `the members run different minors: ${versions.join(', ')}; keep that time short`));
  return problems;
}

function distinct(values: readonly (string | null)[]): readonly string[] {
  return [...new Set(values.filter((value) => value !== null))].sort();
}
