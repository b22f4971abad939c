/** A signed statement of how far an audit chain had come: what stays true of a chain that was cut, rewritten or replaced (P14). */
import { canonicalJson } from './canonical-json.ts';

export interface Checkpoint {
  readonly chain: string;
  /** Its newest event then, and the hash of that. */
  readonly seq: number;
  readonly head: string;
  readonly atMs: number;
  /** Counts all checkpoints of a store, from 1. */
  readonly number: number;
  /** How many chains had one, this one included. */
  readonly chains: number;
  /** Names the key that signed: the beginning of its digest. */
  readonly key: string;
  /** Base64url. */
  readonly signature: string;
}

/** Of one agent: that of administration, and those of its newest runs. */
export const mostAnchors = 16;

/** The very bytes that the signature covers. */
export function checkpointBytes({ chain, seq, head, atMs, number, chains, key }: Omit<Checkpoint, 'signature'>): Buffer {
  return Buffer.from(canonicalJson(['drydock-checkpoint/1', chain, seq, head, atMs, number, chains, key]));
}
