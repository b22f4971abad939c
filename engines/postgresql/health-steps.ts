/** The proofs of health that a turn ends with. PURE. */
import type { OrderBody } from '../../common/orders.ts';
import type { Executor, Step } from '../../common/plan.ts';
import type { TurnInput } from '../../common/shape-forms.ts';
import { awaitSelf, memberOf, stepOf } from '../kit/pure/steps.ts';
import { peerDraft, settleStep } from '../kit/pure/turns.ts';
import type { Party } from './exchange.ts';
import { delayText, isDelayed, serverFactsOf } from './facts.ts';
import { lateSeenByPeer, leads, noReseed, streamsTo } from './judges.ts';
import { ofHealth, ofProbe } from './limits.ts';
import { followersOf, streamsFrom } from './topology.ts';

/** The node serves in the role that the variant is for, as it says itself and as its peers see it. */
export function healthCheckSteps(input: TurnInput, prefix: string, version: string): readonly Step[] {
  return [
    settle(input, prefix, input.role),
    // Before its peers are asked: a standby that does not stream yet is none that could witness.
    ...streams(input.node.instance, `${prefix}.follower`, followersOf(input).prompt, 'streams again'),
    ...seenByPeer(input, prefix, version),
    ...(input.role === 'primary' ? [writes(input.node.instance, prefix, 'in-service-primary')] : []),
  ];
}

/** The node follows the one that took its role over; the members that followed it before do so, too. */
export function handedOverChecks(input: TurnInput, prefix: string, leader: Party, others: readonly Party[]): readonly Step[] {
  const member = memberOf(input.node);
  const healthCheck = leads(leader.member);
  const seen = peerDraft(ofHealth, prefix, member, `${member} ${input.hop.to} seen by ${leader.instance}`);
  return [
    settle(input, prefix, 'standby'),
    stepOf(leader.instance, { ...seen, healthCheck }),
    ...streams(
      leader.instance,
      `${prefix}.follower`,
      others.map((other) => other.member),
      `streams from ${leader.member}`,
    ),
    writes(leader.instance, prefix, healthCheck),
  ];
}

/**
 * After a restore. A standby goes on from where its snapshot ends, if the others still have the WAL from there. A primary that was rolled
 * back is behind its standbys: none of them can follow it before they are rolled back as well, and a commit that waits for them would hang.
 */
export function restoredChecks(input: TurnInput, prefix: string, commitsWait: boolean): readonly Step[] {
  const { instance } = input.node;
  if (input.role === 'primary')
    return [settle(input, prefix, 'primary'), ...(commitsWait ? [] : [writes(instance, prefix, 'in-service-primary')])];
  const title = 'its WAL history matches the other members';
  const reseed = { id: `${prefix}.reseed`, title, body: observe('needs-no-reseed'), ...ofProbe, healthCheck: noReseed };
  return [stepOf(instance, reseed), ...healthCheckSteps(input, prefix, input.hop.to)];
}

/** What the restart of a node means for members that replay late on purpose: it, or those that follow it. */
export function lateRisks(input: TurnInput): readonly string[] {
  return [input.node, ...input.peers].flatMap((node) => {
    const server = serverFactsOf(node.facts);
    if (server === null || !isDelayed(server)) return [];
    if (node !== input.node && !followersOf(input).late.includes(memberOf(node))) return [];
    const { instance } = node;
    const delay = delayText(server.applyDelayMs);
    const late = `the replay of ${instance} is delayed by ${delay} on purpose, and it streams again up to ${delay} after a restart of itself or its source: until then it is not verified that it receives new WAL`;
    if (server.primarySlot !== null || server.fromArchive !== false) return [late];
    const keep = `its source must keep WAL for ${delay} (wal_keep_size), or ${instance} needs a new copy of its data`;
    return [late, `${instance} follows without a slot or an archive: ${keep}`];
  });
}

const observe = (check: string): OrderBody => ({ kind: 'observe', checks: [check], nonce: '' });

const settle = (input: TurnInput, prefix: string, role: string): Step => settleStep(input, ofHealth, prefix, `in-service-${role}`);

/**
 * A cluster of one has no second viewpoint. The source of one that replays late sees it only when its delay has passed; what it needs by then must still
 * be there.
 */
function seenByPeer(input: TurnInput, prefix: string, version: string): readonly Step[] {
  const { node, role } = input;
  const member = memberOf(node);
  const executor = input.peers.length === 0 ? null : witnessOf(input, member);
  if (executor === null) return [];
  if (role !== 'standby' || !isDelayed(serverFactsOf(node.facts))) {
    const draft = peerDraft(ofHealth, prefix, member, `${member} ${version} seen by a peer`);
    return [stepOf(node.instance, { ...draft, executor, healthCheck: `${role}-seen-by-peer` })];
  }
  const title = `no WAL that ${member} needs is lost, seen by a peer`;
  const late = { id: `${prefix}.peer`, title, body: observe('slots-sound'), ...ofProbe };
  return [stepOf(node.instance, { ...late, executor, healthCheck: lateSeenByPeer })];
}

/** Who proves that the node is back: of a standby the server it streams from, of a primary any of its standbys that streams again at once; null: none does. */
function witnessOf(input: TurnInput, member: string): Executor | null {
  const { node, peers, role } = input;
  const { prompt, late } = followersOf(input);
  if (role === 'primary' && late.length > 0) {
    const witness = peers.find((peer) => prompt.includes(memberOf(peer)));
    return witness === undefined ? null : { kind: 'instance', instance: witness.instance };
  }
  const upstream = peers.find((peer) => streamsFrom(peer, member));
  if (role === 'standby' && upstream?.facts?.role === 'standby') return { kind: 'instance', instance: upstream.instance };
  return { kind: 'peer', of: node.instance, preferRole: role === 'primary' ? 'standby' : 'primary' };
}

/** `instance` sees each of these standbys follow it. */
export const streams = (instance: string, id: string, standbys: readonly string[], does: string): readonly Step[] =>
  standbys.map((standby, at) => {
    const step = { id: `${id}-${at + 1}`, title: `${standby} ${does}`, body: awaitSelf('member-in-service', standby), ...ofHealth };
    return stepOf(instance, { ...step, healthCheck: streamsTo(standby) });
  });

const writes = (instance: string, prefix: string, healthCheck: string): Step =>
  stepOf(instance, { id: `${prefix}.write`, title: 'one write', body: awaitSelf('write-works'), ...ofProbe, healthCheck });
