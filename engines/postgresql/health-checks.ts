/** What the facts of a receipt must say before the run goes on. PURE. */
import type { Verdict } from '../../common/events.ts';
import type { NodeFacts } from '../../common/facts.ts';
import { type Complaint, complain, type Expectation, verdictOn } from '../kit/pure/judge.ts';
import type { CheckId } from './checks.ts';
import { serverFactsOf, standbyRows } from './facts.ts';

/** Asked of each node when the hop is over (P15). */
export const verifyChecks: readonly CheckId[] = ['in-service', 'replication-streaming', 'no-ha-manager', 'write-works'];

/** Begins the gate id `streams-to:<member>`. */
export const streamsTo = 'streams-to:';
/** Begins the gate id `leads:<member>`: that member took over from the node of the turn, which follows it. */
export const leads = 'leads:';
export const noReseed = 'no-reseed';
/** Of a standby that replays late on purpose: it may not be connected yet. */
export const lateSeenByPeer = 'late-standby-seen-by-peer';

/** Gate ids are those of turns.ts; an id that is not known is a bug of ours and never passes. */
export function judge(healthCheck: string, facts: NodeFacts, expect: Expectation): Verdict {
  return verdictOn(complaintOf(healthCheck, facts, expect), expect);
}

function complaintOf(healthCheck: string, facts: NodeFacts, expect: Expectation): Complaint | null {
  switch (healthCheck) {
    case 'in-service-primary':
      return ofNode(facts, expect, 'primary');
    case 'in-service-standby':
      return ofNode(facts, expect, 'standby');
    case 'primary-seen-by-peer':
      return ofPrimaryByPeer(facts, expect);
    case 'standby-seen-by-peer':
      return facts.instance === expect.instance ? probedItself(expect) : ofStandby(facts, expect.member, expect);
    case lateSeenByPeer:
      return facts.instance === expect.instance ? probedItself(expect) : ofLateStandby(facts, expect);
    case 'verified-primary':
      return ofNode(facts, expect, 'primary') ?? ofFindings(facts, expect) ?? ofAllStandbys(facts);
    case 'verified-standby':
      return ofNode(facts, expect, 'standby') ?? ofFindings(facts, expect);
    case noReseed:
      return ofWal(facts, expect);
    default:
      if (healthCheck.startsWith(leads)) return ofLeader(facts, healthCheck.slice(leads.length), expect);
      if (healthCheck.startsWith(streamsTo)) return ofStandby(facts, healthCheck.slice(streamsTo.length), expect);
      return complain(`unknown health check ${healthCheck}`);
  }
}

/** The node itself: right version running and on disk, right role, right name, in service, in one life. */
function ofNode(facts: NodeFacts, expect: Expectation, role: 'primary' | 'standby'): Complaint | null {
  const { instance, version } = expect;
  if (facts.instance !== instance) return complain(`${facts.instance} answered for ${instance}`);
  if (facts.version.running === null) return complain(`${instance} does not answer SQL`, 'node-down');
  if (facts.incarnation === null) return complain(`${instance} was restarted while it was looked at`);
  if (facts.memberId !== expect.member)
    return complain(`${instance} calls itself ${facts.memberId ?? 'nothing'}, not ${expect.member}`, 'facts-changed');
  if (facts.role !== role) return complain(`${instance} is ${facts.role ?? 'of unknown role'}, not the ${role} it was`, 'facts-changed');
  if (facts.version.running !== version) return complain(`${instance} runs ${facts.version.running}, not ${version}`);
  if (facts.version.onDisk !== version)
    return complain(`${instance} has ${facts.version.onDisk ?? 'no version'} activated, not ${version}`);
  if (!facts.inService) return complain(`${instance} runs ${version} but is not in service`);
  return null;
}

/** Every check must have been answered, and be good. */
function ofFindings(facts: NodeFacts, expect: Expectation): Complaint | null {
  const missing = verifyChecks.find((check) => !facts.findings.some((finding) => finding.check === check));
  if (missing !== undefined) return complain(`${expect.instance} did not answer the check ${missing}`);
  const bad = facts.findings.find((finding) => finding.ok !== true);
  return bad === undefined ? null : complain(`${expect.instance}: ${bad.check}: ${bad.detail}`);
}

/** The server that answers streams to this standby. */
function ofStandby(facts: NodeFacts, standby: string, { instance }: Expectation): Complaint | null {
  const server = serverFactsOf(facts);
  if (server === null)
    return complain(
      `${facts.instance}, asked about ${standby}, does not answer SQL itself`,
      facts.instance === instance ? 'node-down' : 'peer-unhealthy',
    );
  const row = standbyRows(server).find((candidate) => candidate.applicationName === standby);
  if (row === undefined) return complain(`${facts.instance} does not stream to ${standby}`);
  return row.state === 'streaming' ? null : complain(`${facts.instance} sees ${standby} in state ${row.state}, not streaming`);
}

/** The server that it follows has lost no WAL that somebody needs; where the standby is connected already, it streams or catches up. */
function ofLateStandby(facts: NodeFacts, { instance, member }: Expectation): Complaint | null {
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance}, asked about ${instance}, does not answer SQL itself`, 'peer-unhealthy');
  const row = standbyRows(server).find((candidate) => candidate.applicationName === member);
  if (row !== undefined && !['streaming', 'catchup'].includes(row.state))
    return complain(`${facts.instance} sees ${member} in state ${row.state}, not streaming`);
  const slots = facts.findings.find(({ check }) => check === 'slots-sound');
  return slots?.ok === true ? null : complain(`${facts.instance}: ${slots?.detail ?? 'it did not answer the check slots-sound'}`);
}

/** The one that took over runs what the node of the turn runs now, and takes writes; the node streams from it. */
function ofLeader(facts: NodeFacts, leader: string, expect: Expectation): Complaint | null {
  if (facts.instance === expect.instance) return probedItself(expect);
  if (facts.memberId !== leader)
    return complain(`${facts.instance} calls itself ${facts.memberId ?? 'nothing'}, not ${leader}`, 'facts-changed');
  return ofNode(facts, { ...expect, instance: facts.instance, member: leader }, 'primary') ?? ofStandby(facts, expect.member, expect);
}

/** Whether a standby can follow with the data that it has. Not known yet is no proof; a primary needs nobody to follow and proves nothing. */
function ofWal(facts: NodeFacts, { instance }: Expectation): Complaint | null {
  if (facts.instance !== instance) return complain(`${facts.instance} answered for ${instance}`);
  if (facts.role === 'primary') return complain(`${instance} takes writes, where a standby was restored: stop it`, 'two-primaries');
  const finding = facts.findings.find(({ check }) => check === 'needs-no-reseed');
  if (finding?.ok === true) return null;
  return complain(
    `${instance}: ${finding?.detail ?? 'it did not answer the check needs-no-reseed'}`,
    finding?.ok === false ? 'needs-reseed' : 'health-check-failed',
  );
}

function ofAllStandbys(facts: NodeFacts): Complaint | null {
  const server = serverFactsOf(facts);
  const lagging = server === null ? undefined : standbyRows(server).find((row) => row.state !== 'streaming');
  return lagging === undefined
    ? null
    : complain(`${lagging.applicationName} does not stream from ${facts.instance}: state ${lagging.state}`);
}

/** A standby that streams proves that the primary serves: there is exactly one, by the prechecks. */
function ofPrimaryByPeer(facts: NodeFacts, expect: Expectation): Complaint | null {
  if (facts.instance === expect.instance) return probedItself(expect);
  const server = serverFactsOf(facts);
  if (server === null) return complain(`${facts.instance}, asked about ${expect.instance}, does not answer SQL itself`, 'peer-unhealthy');
  if (!server.inRecovery) return complain(`${facts.instance} takes writes, and so does ${expect.instance}`, 'two-primaries');
  return server.walReceiver?.status === 'streaming' ? null : complain(`${facts.instance} does not stream from ${expect.member}`);
}

function probedItself(expect: Expectation): Complaint {
  return complain(`${expect.instance} looked at itself where a peer was asked`);
}
