/** What is observed of one Cassandra node: the `detail` of NodeFacts, written by the driver and judged by the procedure. */
import { z } from 'zod';
import { factsReader } from '../kit/pure/scene.ts';
import { compatibilityModes } from './formats.ts';

/** A seed is one that others ask when they start: it goes before the rest of its data centre. */
export const roles = ['seed', 'node'] as const;

/** Host id, as the ring knows a node whatever its address. */
const member = z.string().regex(/^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);

/** Another node, as this one has stored it. */
const peer = z.object({
  member,
  address: z.string(),
  dataCenter: z.string(),
  rack: z.string(),
  version: z.string().nullable(),
  schemaVersion: z.string().nullable(),
});
export type PeerFacts = z.infer<typeof peer>;

export const ringStates = ['normal', 'leaving', 'joining', 'moving'] as const;

/** A node, itself too, as this one's failure detector and ring have it. */
const ringNode = z.object({
  /** null: it has not told its id yet. */
  member: member.nullable(),
  address: z.string(),
  /** null: unknown. */
  up: z.boolean().nullable(),
  state: z.enum(ringStates),
});
export type RingNode = z.infer<typeof ringNode>;

export const serverSchema = z.object({
  state: z.literal('reachable'),
  member,
  address: z.string(),
  clusterName: z.string(),
  dataCenter: z.string(),
  rack: z.string(),
  isSeed: z.boolean(),
  version: z.string(),
  schemaVersion: z.string().nullable(),
  /** It has bootstrapped. */
  joined: z.boolean(),
  peers: z.array(peer),
  /** null: nodetool was not asked, or did not tell. */
  ring: z.array(ringNode).nullable(),
  /** Formats of its sstables; null: they were not listed. */
  formats: z.array(z.string()).nullable(),
  /** Of the running server; null: its release knows none. */
  compatibility: z.enum(compatibilityModes).nullable(),
  /** The configuration file has settings that only a finalized 5.0 bears; null: it could not be read. */
  latestYaml: z.boolean().nullable(),
  /** Digest of the schema of users' keyspaces; null: it was not asked for. */
  schemaDigest: z.string().nullable(),
});
export type ServerFacts = z.infer<typeof serverSchema>;

/** The node's own facts out of NodeFacts; null when it did not answer or the facts are not of this engine's form. */
export const serverFactsOf = factsReader(serverSchema);

/** Why this node is not counted as healthy; null: it is. */
export function ailmentOf({ up, state }: RingNode): string | null {
  if (up === null) return 'whether it is up is unknown';
  if (!up) return 'it is down';
  return state === 'normal' ? null : `it is ${state}`;
}
