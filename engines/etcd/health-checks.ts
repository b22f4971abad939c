/** What the facts of a receipt must say before the run goes on. PURE. */
import type { Verdict } from '../../common/events.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { type Complaint, complain, type Expectation, verdictOn } from '../health-complaints.ts';
import { type CheckId, maxLagEntries } from './checks.ts';
import { ailmentOf, serverFactsOf } from './facts.ts';
import { etcdScheme } from './scheme.ts';

/** Asked of each node when the hop is over (P15). */
export const verifyChecks: readonly CheckId[] = ['in-service', 'peers-healthy', 'no-alarm', 'no-learner', 'data-agrees'];

/** Gate ids are those of turns.ts and hop-steps.ts; an id that is not known is a bug of ours and never passes. */
export function judge(healthCheck: string, facts: NodeFacts, expect: Expectation): Verdict {
  return verdictOn(complaintOf(healthCheck, facts, expect), expect);
}

function complaintOf(healthCheck: string, facts: NodeFacts, expect: Expectation): Complaint | null {
  switch (healthCheck) {
    case 'in-service':
      return ofNode(facts, expect);
    case 'seen-by-peer':
      return ofPeer(facts, expect);
    case 'verified':
      return ofNode(facts, expect) ?? ofFindings(facts, expect);
    case 'settled':
      return ofSettled(facts, expect);
    default:
      return complain(`unknown health check ${healthCheck}`);
  }
}

/** The node itself: right version running and on disk, right name, in service as a voter, in one life. */
function ofNode(facts: NodeFacts, expect: Expectation): Complaint | null {
  const { instance, version, member } = expect;
  if (facts.instance !== instance) return complain(`${facts.instance} answered for ${instance}`);
  if (facts.version.running === null) return complain(`${instance} does not answer`, 'node-down');
  if (facts.incarnation === null) return complain(`${instance} was restarted while it was looked at`);
  if (facts.memberId !== member) return complain(`${instance} calls itself ${facts.memberId ?? 'nothing'}, not ${member}`, 'facts-changed');
  if (facts.role !== 'leader' && facts.role !== 'follower')
    return complain(`${instance} is ${facts.role === null ? 'without a leader' : `a ${facts.role}`}, neither leader nor follower`);
  if (facts.version.running !== version) return complain(`${instance} runs ${facts.version.running}, not ${version}`);
  if (facts.version.onDisk !== version)
    return complain(`${instance} has ${facts.version.onDisk ?? 'no version'} activated, not ${version}`);
  return facts.inService ? null : complain(`${instance} runs ${version} but is not in service`);
}

/** Another member sees it run the right version, under the same leader, having applied nearly all. */
function ofPeer(facts: NodeFacts, expect: Expectation): Complaint | null {
  const { instance, member, version } = expect;
  if (facts.instance === instance) return complain(`${instance} looked at itself where a peer was asked`);
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance}, asked about ${member}, does not answer itself`, 'peer-unhealthy');
  const peer = server.peers.find((candidate) => candidate.member === member);
  if (peer === undefined) return complain(`${facts.instance} knows no member ${member}`, 'membership-mismatch');
  const ailment = ailmentOf(server, peer, maxLagEntries);
  if (ailment !== null) return complain(`${facts.instance} says of ${member}: ${ailment}`);
  return peer.version === version ? null : complain(`${facts.instance} sees ${member} run ${peer.version ?? 'nothing'}, not ${version}`);
}

/** Every check must have been answered, and be good. */
function ofFindings(facts: NodeFacts, expect: Expectation): Complaint | null {
  const missing = verifyChecks.find((check) => !facts.findings.some((finding) => finding.check === check));
  if (missing !== undefined) return complain(`${expect.instance} did not answer the check ${missing}`);
  const bad = facts.findings.find((finding) => finding.ok !== true);
  return bad === undefined ? null : complain(`${expect.instance}: ${bad.check}: ${bad.detail}`);
}

/** The cluster has settled on the minor that the hop leads to, as this member knows, and its files are of that minor. */
function ofSettled(facts: NodeFacts, expect: Expectation): Complaint | null {
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance} does not answer`, 'node-down');
  const wanted = etcdScheme.series(expect.version);
  if (server.clusterVersion !== wanted)
    return complain(`${facts.instance} says that the cluster is at ${server.clusterVersion ?? 'no version'}, not at ${wanted}`);
  if (server.storageVersion !== null && server.storageVersion !== wanted)
    return complain(`the files of ${facts.instance} are of ${server.storageVersion}, not of ${wanted}`);
  return server.downgradeTarget === null ? null : complain(`a downgrade to ${server.downgradeTarget} is still under way`);
}
