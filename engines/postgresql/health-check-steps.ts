/** The proofs of health that a turn ends with. PURE. */
import type { NodeView } from '../../common/cluster-view.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/turn-draft.ts';
import { awaitSelf, type StepDraft, stepOf } from '../kit/pure/steps.ts';
import { delayText, isDelayed, serverFactsOf } from './facts.ts';
import { lateSeenByPeer, leads, noReseed, streamsTo } from './health-checks.ts';
import { expectedCheckMs, healthDeadlineMs, probeDeadlineMs } from './steps.ts';
import { directStandbys } from './topology.ts';

/** The node serves in the role that the variant is for, as it says itself and as its peers see it. */
export function healthCheckSteps(input: TurnInput, prefix: string, version: string): readonly Step[] {
  return [
    settle(input, prefix, input.role),
    // Before its peers are asked: a standby that does not stream yet is none that could witness.
    ...followersOf(input).prompt.map((standby, at) =>
      streams(input.node.instance, `${prefix}.follower-${at + 1}`, standby, `${standby} streams again`),
    ),
    ...seenByPeer(input, prefix, version),
    ...(input.role === 'primary' ? [writes(input.node.instance, prefix, 'in-service-primary')] : []),
  ];
}

/** The node follows the one that took its role over; whoever followed it before does so, too. */
export function handedOverChecks(
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
      healthCheck: `${leads}${leader.member}`,
    }),
    ...others.map((standby, at) =>
      streams(leader.instance, `${prefix}.follower-${at + 1}`, standby, `${standby} streams from ${leader.member}`),
    ),
    writes(leader.instance, prefix, `${leads}${leader.member}`),
  ];
}

/**
 * After a restore. A standby goes on from where its snapshot ends, if the others still have the WAL from there. A primary that was taken
 * back is behind its standbys: nobody can follow it before they are rolled back as well, and a commit that waits for them would hang.
 */
export function restoredChecks(input: TurnInput, prefix: string, commitsWait: boolean): readonly Step[] {
  if (input.role === 'primary')
    return [settle(input, prefix, 'primary'), ...(commitsWait ? [] : [writes(input.node.instance, prefix, 'in-service-primary')])];
  const reseed = stepOf(input.node.instance, {
    id: `${prefix}.reseed`,
    title: 'its WAL joins that of the others',
    body: { kind: 'observe', checks: ['needs-no-reseed'], nonce: '' },
    deadlineMs: probeDeadlineMs,
    expectedMs: expectedCheckMs,
    healthCheck: noReseed,
  });
  return [reseed, ...healthCheckSteps(input, prefix, input.hop.to)];
}

interface Followers {
  /** They stream again at once. */
  readonly prompt: readonly string[];
  /** They replay late on purpose, and connect again when what they received is replayed. */
  readonly late: readonly string[];
}

/** Of a primary also those that replay late and are connected nowhere now: they come back to it. */
export function followersOf(input: TurnInput): Followers {
  const delayed = input.peers.filter((peer) => isDelayed(serverFactsOf(peer.facts))).map(memberOf);
  const members = downstream(input);
  const connected = [input.node, ...input.peers].flatMap(directStandbys);
  const apart = input.role === 'primary' ? delayed.filter((member) => !connected.includes(member)) : [];
  return {
    prompt: members.filter((member) => !delayed.includes(member)),
    late: [...members.filter((member) => delayed.includes(member)), ...apart],
  };
}

/** What the restart of a node means for members that replay late on purpose: it, or those that follow it. */
export function lateRisks(input: TurnInput): readonly string[] {
  return [input.node, ...input.peers].flatMap((node) => {
    const server = serverFactsOf(node.facts);
    if (server === null || !isDelayed(server)) return [];
    if (node !== input.node && !followersOf(input).late.includes(memberOf(node))) return [];
    const delay = delayText(server.applyDelayMs);
    const keeps = server.primarySlot === null && server.fromArchive === false;
    return [
      `${node.instance} replays ${delay} late on purpose and streams again up to ${delay} after its restart or that of its source: until then its receipt of new WAL is not proven`,
      ...(keeps
        ? [
            `${node.instance} follows without a slot or an archive: its source must keep WAL for ${delay} (wal_keep_size), or ${node.instance} needs a new copy of its data`,
          ]
        : []),
    ];
  });
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
    deadlineMs: input.settleMs + healthDeadlineMs,
    expectedMs: input.settleMs + expectedCheckMs,
    healthCheck: `in-service-${role}`,
  });
}

/** A cluster of one has no second viewpoint. */
function seenByPeer(input: TurnInput, prefix: string, version: string): readonly Step[] {
  if (input.peers.length === 0) return [];
  const member = memberOf(input.node);
  const executor = witnessOf(input, member);
  if (executor === null) return [];
  const isLate = input.role === 'standby' && isDelayed(serverFactsOf(input.node.facts));
  const draft = isLate ? lateDraft(prefix, member) : peerDraft(prefix, member, `${member} ${version} seen by a peer`);
  return [{ ...stepOf(input.node.instance, { ...draft, healthCheck: isLate ? lateSeenByPeer : `${input.role}-seen-by-peer` }), executor }];
}

/** Its source sees it only when its delay has passed; what it needs by then must still be there. */
function lateDraft(prefix: string, member: string): Omit<StepDraft, 'healthCheck'> {
  return {
    id: `${prefix}.peer`,
    title: `no WAL that ${member} needs is lost, seen by a peer`,
    body: { kind: 'observe', checks: ['slots-sound'], nonce: '' },
    deadlineMs: probeDeadlineMs,
    expectedMs: expectedCheckMs,
  };
}

function peerDraft(prefix: string, member: string, title: string): Omit<StepDraft, 'healthCheck'> {
  return {
    id: `${prefix}.peer`,
    title,
    body: { kind: 'await', condition: 'member-in-service', member, steadyMs: 0, viewpoint: 'peer' },
    deadlineMs: healthDeadlineMs,
    expectedMs: expectedCheckMs,
  };
}

/** Who proves that the node is back: of a standby the server it streams from, of a primary any of its standbys that streams again at once; null: none does. */
function witnessOf(input: TurnInput, member: string): Executor | null {
  const { prompt, late } = followersOf(input);
  if (input.role === 'primary' && late.length > 0) {
    const [witness] = input.peers.filter((peer) => prompt.includes(memberOf(peer))).map((peer) => peer.instance);
    return witness === undefined ? null : { kind: 'instance', instance: witness };
  }
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
    deadlineMs: healthDeadlineMs,
    expectedMs: expectedCheckMs,
    healthCheck: `${streamsTo}${standby}`,
  });
}

function writes(instance: string, prefix: string, healthCheck: string): Step {
  return stepOf(instance, {
    id: `${prefix}.write`,
    title: 'one write',
    body: awaitSelf('write-works'),
    deadlineMs: probeDeadlineMs,
    expectedMs: expectedCheckMs,
    healthCheck,
  });
}
