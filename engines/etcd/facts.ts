/** What is observed of one etcd member: the `detail` of NodeFacts, written by the driver and judged by the procedure. */
import { z } from 'zod';
import { factsReader, type SeenMember } from '../kit/pure/scene.ts';
import { ailmentOf, voterFields, voterId, votingPeer } from '../kit/pure/voters.ts';

/** Key of the setting by which the cluster goes down: the minor that it goes down to, `3.5`. */
export const downgradeTarget = 'downgrade-target';

/** A member that has applied so many entries less than another one has not caught up. */
export const maxLagEntries = 100;

/** Why no plan puts a snapshot back, and what to do instead. */
export const noRestore =
  'restoring an etcd snapshot creates a new cluster of all members at once, which no plan does: stop every member and restore the same file on each by hand with etcdutl snapshot restore';

/** Level of data compatibility: `3.5`. */
const minor = z.string().regex(/^\d+\.\d+$/);

const member = z.object({
  id: voterId,
  /** Empty until it was started for the first time. */
  name: z.string(),
  clientUrls: z.array(z.string()),
  isLearner: z.boolean(),
});
export type MemberFacts = z.infer<typeof member>;

export const serverSchema = z.object({
  state: z.literal('reachable'),
  ...voterFields,
  index: z.number(),
  revision: z.number(),
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
  /** All others, asked from this host over their client URLs. */
  peers: z.array(votingPeer),
});
export type ServerFacts = z.infer<typeof serverSchema>;

export const serverFactsOf = factsReader(serverSchema);

/** Another member as this server tells of it; null: it knows none of that name. */
export function sees(server: ServerFacts, name: string): SeenMember | null {
  const peer = server.peers.find((candidate) => candidate.member === name);
  return peer === undefined ? null : { version: peer.version, ailment: ailmentOf(server, peer, maxLagEntries) };
}

/** Its name; the id of one that was added and never started. */
export function nameOf({ name, id }: Pick<MemberFacts, 'name' | 'id'>): string {
  return name === '' ? id : name;
}
