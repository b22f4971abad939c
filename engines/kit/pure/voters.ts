/**
 * Clusters whose members vote for a leader and apply one log (Raft), as each member tells of itself and of the others: who leads, that there is one and
 * that it goes last, who is healthy, who has caught up. PURE.
 */
import { z } from 'zod';
import type { Answer, Check } from './checks.ts';
import { ofCluster } from './common-checks.ts';
import type { EngineForm } from './engine.ts';
import type { Member } from './scene.ts';

/** Lower-case hex, as ids are printed for people; never a number. */
export const voterId = z.string().regex(/^[0-9a-f]{1,16}$/);

/** What a member tells of itself. */
export const voterFields = {
  ownId: voterId,
  /** Whom it follows; null: none now. */
  leaderId: voterId.nullable(),
  /** Of the election. */
  term: z.number(),
  appliedIndex: z.number(),
  isLearner: z.boolean(),
};
const voter = z.object(voterFields);
export type Voter = z.infer<typeof voter>;

/** Another member, as it answered the one that probes. */
export const votingPeer = z.object({
  member: z.string(),
  /** null: it did not answer. */
  version: z.string().nullable(),
  leaderId: voterId.nullable(),
  appliedIndex: z.number().nullable(),
  isLearner: z.boolean(),
});
export type VotingPeer = z.infer<typeof votingPeer>;

/** `leader`, `follower` or `learner`; null: it takes no part in votes, or there is no leader that it follows. */
export function roleOf({ ownId, leaderId, isLearner }: Pick<Voter, 'ownId' | 'leaderId' | 'isLearner'>): string | null {
  if (isLearner) return 'learner';
  if (leaderId === null) return null;
  return leaderId === ownId ? 'leader' : 'follower';
}

/** Why this server does not count another member as healthy; null: it does. `maxLag`: entries that it may be behind. */
export function ailmentOf(server: Pick<Voter, 'leaderId' | 'appliedIndex'>, peer: VotingPeer, maxLag: number): string | null {
  if (peer.version === null) return 'it does not answer';
  if (peer.isLearner) return 'it is a learner';
  if (peer.leaderId === null) return 'it has no leader';
  if (peer.leaderId !== server.leaderId) return `it follows leader ${peer.leaderId}, this member follows ${server.leaderId ?? 'none'}`;
  const behind = server.appliedIndex - (peer.appliedIndex ?? 0);
  return behind > maxLag ? `it is ${behind} entries behind` : null;
}

/** A probe of one member, as far as these checks need it. Each throws FailureError when nothing answers. */
export interface VoterSight {
  /** Its unit is active. */
  runs(): Promise<boolean>;
  status(): Promise<Voter>;
  /** Asked anew, for what has to be compared with an answer of before. */
  statusNow(): Promise<Voter>;
  members(): Promise<readonly { readonly name: string; readonly clientUrls: readonly string[] }[]>;
  /** All members but this one, each asked over its own client URLs. */
  peers(): Promise<readonly VotingPeer[]>;
  /** A read that a quorum agreed to. Empty: healthy; else why not. */
  health(): Promise<string>;
  /** Why the member at this client URL does not answer such a read; null: it does. */
  whyUnhealthy(endpoint: string): Promise<string | null>;
}

/** Its own word: such a read, as a started voter. */
export async function serving(seen: VoterSight): Promise<Answer> {
  const [reason, status] = await Promise.all([seen.health(), seen.status()]);
  if (reason !== '') return [false, `it is not healthy: ${reason}`];
  if (status.isLearner) return [false, 'it is a learner, which does not serve clients'];
  return status.leaderId === null ? [false, 'the cluster has no leader'] : [true, 'it answers a linearizable read'];
}

/** The member of this name answers such a read, follows the same leader and has applied nearly what this one has. */
export async function memberServing(seen: VoterSight, named: string | null, maxLag: number): Promise<Answer> {
  const member = (await seen.members()).find(({ name }) => name === named);
  if (member === undefined) return [false, `the cluster has no member ${named ?? '(none named)'}`];
  const peer = (await seen.peers()).find(({ member: name }) => name === named);
  if (peer === undefined) return [false, `${named} is this member itself`];
  const ailment = ailmentOf(await seen.status(), peer, maxLag);
  if (ailment !== null) return [false, `${named}: ${ailment}`];
  const [endpoint] = member.clientUrls;
  const reason = endpoint === undefined ? 'it has no client URL' : await seen.whyUnhealthy(endpoint);
  return reason === null
    ? [true, `${named} serves, its applied index is ${peer.appliedIndex}`]
    : [false, `${named} is not healthy: ${reason}`];
}

/** Every other one is there and has caught up: when the one that probes is stopped, no other one is missing. */
export async function othersHealthy(seen: VoterSight, maxLag: number): Promise<Answer> {
  const [status, peers] = await Promise.all([seen.status(), seen.peers()]);
  const ailing = peers.flatMap((peer) => {
    const ailment = ailmentOf(status, peer, maxLag);
    return ailment === null ? [] : [`${peer.member}: ${ailment}`];
  });
  if (ailing.length > 0) return [false, ailing.join('; ')];
  return [true, peers.length === 0 ? 'it is the only member' : 'every other member is healthy and has caught up'];
}

/** In this order: under load every answer is that of a moment, and what the others had before is what this one must have now. */
export async function hasCaughtUp(seen: VoterSight, maxLag: number): Promise<Answer> {
  const peers = await seen.peers();
  const reported = peers.flatMap(({ appliedIndex }) => appliedIndex ?? []);
  if (peers.length === 0) return [true, 'it is the only member'];
  if (reported.length === 0) return [null, 'no other member reports its applied index'];
  const { appliedIndex } = await seen.statusNow();
  const furthest = Math.max(...reported);
  return [furthest - appliedIndex <= maxLag, `its applied index is ${appliedIndex}, others were at ${furthest} before`];
}

/** The member that all who answer follow; null: they disagree, or there is none, or it is unknown. */
export function leaderOf<F extends Voter>(members: readonly Member<F>[]): Member<F> | null {
  const named = new Set(members.flatMap(({ server }) => (server === null ? [] : [server.leaderId])));
  const [leaderId] = named;
  if (named.size !== 1 || leaderId === null || leaderId === undefined) return null;
  return members.find(({ server }) => server?.ownId === leaderId) ?? null;
}

/** One leader, whom all follow since the same election. Its agent may know nothing of it just now; then that is said of its node. */
export const oneLeader: Check<unknown, Voter> = {
  clears: 'automatic',
  wrong: ofCluster(({ view: { cluster }, members, answering }) => {
    const terms = new Set(answering.map(({ server }) => server.term));
    const ids = new Set(answering.map(({ server }) => server.leaderId));
    const isOne = leaderOf(members) !== null || (ids.size === 1 && !ids.has(null));
    if (answering.length === 0 || (isOne && terms.size === 1)) return [];
    return [`the members of ${cluster} do not follow one leader; wait for the election to end`];
  }),
};

/** For `next`: others by name, the leader last. Without one leader that all follow none may go, and while any other is left, known or not, it waits. */
export function leaderLast<F extends Voter>(mayGo: (server: F) => boolean): EngineForm<unknown, F, string>['next'] {
  return (rest, members) => {
    const leader = leaderOf(members);
    if (leader === null) return [];
    const others = rest.filter((member) => member !== leader);
    if (others.length === 0) return rest;
    const able = others.filter(({ server }) => server !== null && mayGo(server));
    return able.toSorted((a, b) => (a.node.instance < b.node.instance ? -1 : 1));
  };
}
