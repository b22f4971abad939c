/** What the facts of a receipt must say before a run goes on, whichever the engine: P2, P15. PURE. */
import type { Verdict } from '../../../common/events.ts';
import type { NodeFacts } from '../../../common/facts.ts';
import type { HoldKind } from '../../../common/holds.ts';
import type { SeenMember } from './scene.ts';

/** Who is asked about, and what must run there. */
export interface Expectation {
  readonly version: string;
  readonly instance: string;
  readonly member: string;
}

export interface Complaint {
  readonly kind: HoldKind;
  readonly detail: string;
}

/** null: nothing speaks against it. `of`: what the health check's id names after a colon. */
export type Judge = (facts: NodeFacts, expect: Expectation, of: string) => Complaint | null;

export const complain = (detail: string, kind: HoldKind = 'health-check-failed'): Complaint => ({ kind, detail });

/** A person decides, unless the sequencer knows that it may pass. null: nothing speaks against it. */
export function verdictOn(complaint: Complaint | null, { instance }: Expectation): Verdict {
  if (complaint === null) return { ok: true };
  return {
    ok: false,
    hold: {
      kind: complaint.kind,
      subject: instance,
      detail: complaint.detail,
      releasedBy: 'person',
      until: 'check the node, then retry or resolve the step, or end the run',
      commands: [],
    },
  };
}

export interface Roles {
  /** In which a node serves. */
  readonly roles: readonly string[];
  /** What one without a role is: `without a leader`. */
  readonly noRole: string;
}

export function inRoles({ roles, noRole }: Roles): (facts: NodeFacts) => Complaint | null {
  return ({ instance, role }) =>
    role !== null && roles.includes(role)
      ? null
      : complain(`${instance} is ${role === null ? noRole : `a ${role}`}, not ${roles.join(' or ')}`);
}

/** The node itself: right version running and on disk, right name, in a role that `ofRole` takes, in service, in one incarnation. */
export function ofNode(facts: NodeFacts, expect: Expectation, ofRole: (facts: NodeFacts) => Complaint | null): Complaint | null {
  const { instance, version, member } = expect;
  if (facts.instance !== instance) return complain(`${facts.instance} answered for ${instance}`);
  if (facts.version.running === null) return complain(`${instance} does not answer`, 'node-down');
  if (facts.incarnation === null) return complain(`${instance} was restarted while it was probed`);
  if (facts.memberId !== member)
    return complain(`the member name of ${instance} is ${facts.memberId ?? 'not set'}, not ${member}`, 'facts-changed');
  const misfit = ofRole(facts);
  if (misfit !== null) return misfit;
  if (facts.version.running !== version) return complain(`${instance} runs ${facts.version.running}, not ${version}`);
  if (facts.version.onDisk !== version)
    return complain(`${instance} has ${facts.version.onDisk ?? 'no version'} activated, not ${version}`);
  return facts.inService ? null : complain(`${instance} runs ${version} but is not in service`);
}

/** Every check must have been answered, and be good. */
export function ofFindings(facts: NodeFacts, { instance }: Expectation, checks: readonly string[]): Complaint | null {
  const missing = checks.find((check) => !facts.findings.some((finding) => finding.check === check));
  if (missing !== undefined) return complain(`${instance} did not answer the check ${missing}`);
  const bad = facts.findings.find((finding) => finding.ok !== true);
  return bad === undefined ? null : complain(`${instance}: ${bad.check}: ${bad.detail}`);
}

/** Not by the node's own word. */
export const byPeer =
  (judge: Judge): Judge =>
  (facts, expect, of) =>
    facts.instance === expect.instance ? complain(`${expect.instance} itself answered where a peer was asked`) : judge(facts, expect, of);

/** Another member sees it healthy, running the right version. `seen`: what the one that probes tells of this member. */
export function ofPeer(facts: NodeFacts, expect: Expectation, seen: 'silent' | SeenMember | null): Complaint | null {
  const { member, version } = expect;
  if (seen === 'silent') return complain(`${facts.instance}, which was asked about ${member}, does not answer`, 'peer-unhealthy');
  if (seen === null) return complain(`${facts.instance} does not know a member ${member}`, 'membership-mismatch');
  if (seen.ailment !== null) return complain(`${facts.instance} reports ${member} unhealthy: ${seen.ailment}`);
  return seen.version === version
    ? null
    : complain(`${facts.instance} sees ${member} at version ${seen.version ?? 'unknown'}, not ${version}`);
}
