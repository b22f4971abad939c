/** The proofs of health that a turn ends with. PURE. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/procedure.ts';
import { awaitSelf, type StepDraft, stepOf } from '../turn-steps.ts';
import { leads, noReseed, streamsTo } from './gates.ts';
import { expectedGateMs, gateDeadlineMs, lookDeadlineMs } from './steps.ts';
import { directStandbys } from './topology.ts';

/** The node serves in the role that the variant is for, as it says itself and as its peers see it. */
export function proofSteps(input: TurnInput, prefix: string, version: string): readonly Step[] {
  return [
    settle(input, prefix, input.role),
    // Before its peers are asked: a standby that does not stream yet is none that could witness.
    ...downstream(input).map((standby, at) =>
      streams(input.node.instance, `${prefix}.follower-${at + 1}`, standby, `${standby} streams again`),
    ),
    ...seenByPeer(input, prefix, version),
    ...(input.role === 'primary' ? [writes(input.node.instance, prefix, 'in-service-primary')] : []),
  ];
}

/** The node follows the one that took its role over; whoever followed it before does so, too. */
export function handedOverProofs(
  input: TurnInput,
  prefix: string,
  leader: { readonly instance: string; readonly member: string },
  others: readonly string[],
): readonly Step[] {
  const member = memberOf(input.node);
  return [
    settle(input, prefix, 'standby'),
    stepOf(leader.instance, {
      ...peerDraft(prefix, member, `${member} ${input.hop.to} seen by ${leader.instance}`),
      gate: `${leads}${leader.member}`,
    }),
    ...others.map((standby, at) =>
      streams(leader.instance, `${prefix}.follower-${at + 1}`, standby, `${standby} streams from ${leader.member}`),
    ),
    writes(leader.instance, prefix, `${leads}${leader.member}`),
  ];
}

/**
 * After a restore. A standby goes on from where its snapshot ends, if the others still have the WAL from there. A primary that was taken
 * back is behind its standbys: nobody can follow it before they are taken back as well, and a commit that waits for them would hang.
 */
export function restoredProofs(input: TurnInput, prefix: string, commitsWait: boolean): readonly Step[] {
  if (input.role === 'primary')
    return [settle(input, prefix, 'primary'), ...(commitsWait ? [] : [writes(input.node.instance, prefix, 'in-service-primary')])];
  const reseed = stepOf(input.node.instance, {
    id: `${prefix}.reseed`,
    title: 'its WAL joins that of the others',
    body: { kind: 'observe', checks: ['needs-no-reseed'], nonce: '' },
    deadlineMs: lookDeadlineMs,
    expectedMs: expectedGateMs,
    gate: noReseed,
  });
  return [reseed, ...proofSteps(input, prefix, input.hop.to)];
}

/** Members that streamed from this node when the plan was made; known only for the role that it had then. */
export function downstream(input: TurnInput): readonly string[] {
  return input.node.facts?.role === input.role ? directStandbys(input.node) : [];
}

export function memberOf(node: NodeView): string {
  return node.facts?.memberId ?? node.instance;
}

function settle(input: TurnInput, prefix: string, role: string): Step {
  return stepOf(input.node.instance, {
    id: `${prefix}.settle`,
    title: `settle ${input.settleMs / 1000} s`,
    body: awaitSelf('in-service', null, input.settleMs),
    deadlineMs: input.settleMs + gateDeadlineMs,
    expectedMs: input.settleMs + expectedGateMs,
    gate: `in-service-${role}`,
  });
}

/** A cluster of one has no second viewpoint. */
function seenByPeer(input: TurnInput, prefix: string, version: string): readonly Step[] {
  if (input.peers.length === 0) return [];
  const member = memberOf(input.node);
  const draft = peerDraft(prefix, member, `${member} ${version} seen by a peer`);
  return [{ ...stepOf(input.node.instance, { ...draft, gate: `${input.role}-seen-by-peer` }), executor: witnessOf(input, member) }];
}

function peerDraft(prefix: string, member: string, title: string): Omit<StepDraft, 'gate'> {
  return {
    id: `${prefix}.peer`,
    title,
    body: { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' },
    deadlineMs: gateDeadlineMs,
    expectedMs: expectedGateMs,
  };
}

/** Who proves that the node is back: of a standby the server it streams from, of a primary any of its standbys. */
function witnessOf(input: TurnInput, member: string): Executor {
  const upstream = input.peers.find((peer) => directStandbys(peer).includes(member));
  if (input.role === 'standby' && upstream?.facts?.role === 'standby') return { kind: 'instance', instance: upstream.instance };
  return { kind: 'peer', of: input.node.instance, preferRole: input.role === 'primary' ? 'standby' : 'primary' };
}

/** `instance` sees this standby follow it. */
export function streams(instance: string, id: string, standby: string, title: string): Step {
  return stepOf(instance, {
    id,
    title,
    body: awaitSelf('member-in-service', standby),
    deadlineMs: gateDeadlineMs,
    expectedMs: expectedGateMs,
    gate: `${streamsTo}${standby}`,
  });
}

function writes(instance: string, prefix: string, gate: string): Step {
  return stepOf(instance, {
    id: `${prefix}.write`,
    title: 'one write',
    body: awaitSelf('write-works'),
    deadlineMs: lookDeadlineMs,
    expectedMs: expectedGateMs,
    gate,
  });
}
