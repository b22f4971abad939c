/** What is observed of one etcd member: the `detail` of NodeFacts, written by the driver and judged by the procedure. */
import { z } from 'zod';
import { factsReader, type Member } from '../kit/pure/scene.ts';

export const roles = ['leader', 'follower'] as const;

/** Key of the setting by which the cluster goes down: the minor that it goes down to, `3.5`. */
export const downgradeTarget = 'downgrade-target';

/** A member that has applied so many entries less than another one has not caught up. */
export const maxLagEntries = 100;

/** Lower-case hex, as etcd prints ids for people; never a number. */
const id = z.string().regex(/^[0-9a-f]{1,16}$/);
/** Level of data compatibility: `3.5`. */
const minor = z.string().regex(/^\d+\.\d+$/);

const member = z.object({
  id,
  /** Empty until it was started for the first time. */
  name: z.string(),
  clientUrls: z.array(z.string()),
  isLearner: z.boolean(),
});
export type MemberFacts = z.infer<typeof member>;

/** Another member, asked from this host over its client URLs. */
const peer = z.object({
  member: z.string(),
  /** null: it did not answer. */
  version: z.string().nullable(),
  leaderId: id.nullable(),
  appliedIndex: z.number().nullable(),
  isLearner: z.boolean(),
});
export type PeerFacts = z.infer<typeof peer>;

export const serverSchema = z.object({
  state: z.literal('reachable'),
  ownId: id,
  /** null: there is none now. */
  leaderId: id.nullable(),
  term: z.number(),
  index: z.number(),
  appliedIndex: z.number(),
  revision: z.number(),
  isLearner: z.boolean(),
  /** What all members agreed on; null while the cluster is being formed. */
  clusterVersion: minor.nullable(),
  /** What this member's files are of; null before 3.6, which does not tell. */
  storageVersion: minor.nullable(),
  /** The minor that a downgrade leads to; null: none is under way. */
  downgradeTarget: minor.nullable(),
  /** Of the whole cluster: `NOSPACE of 8211f1d0f64f3269`. */
  alarms: z.array(z.string()),
  dbBytes: z.number(),
  members: z.array(member),
  peers: z.array(peer),
});
export type ServerFacts = z.infer<typeof serverSchema>;

export const serverFactsOf = factsReader(serverSchema);

/** Null: it takes no part in votes, or there is no leader that it follows. */
export function roleOf({ ownId, leaderId, isLearner }: Pick<ServerFacts, 'ownId' | 'leaderId' | 'isLearner'>): string | null {
  if (isLearner) return 'learner';
  if (leaderId === null) return null;
  return leaderId === ownId ? 'leader' : 'follower';
}

/** Why this server does not count another member as healthy; null: it does. */
export function ailmentOf(server: Pick<ServerFacts, 'leaderId' | 'appliedIndex'>, peer: PeerFacts, maxLag = maxLagEntries): string | null {
  if (peer.version === null) return 'it does not answer';
  if (peer.isLearner) return 'it is a learner';
  if (peer.leaderId === null) return 'it has no leader';
  if (peer.leaderId !== server.leaderId) return `it follows ${peer.leaderId}, not ${server.leaderId ?? 'nobody'}`;
  const behind = server.appliedIndex - (peer.appliedIndex ?? 0);
  return behind > maxLag ? `it is ${behind} entries behind` : null;
}

/** Its name; the id of one that was added and never started. */
export function nameOf({ name, id }: Pick<MemberFacts, 'name' | 'id'>): string {
  return name === '' ? id : name;
}

/** The member that all who answer follow; null: they disagree, or there is none, or nobody knows it. */
export function leaderOf(members: readonly Member<ServerFacts>[]): Member<ServerFacts> | null {
  const named = new Set(members.flatMap(({ server }) => (server === null ? [] : [server.leaderId])));
  const [leaderId] = named;
  if (named.size !== 1 || leaderId === null || leaderId === undefined) return null;
  return members.find(({ server }) => server?.ownId === leaderId) ?? null;
}
