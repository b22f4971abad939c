/** What was done, and whether anybody changed the record of it. */
import type { Versioned } from './versioned.ts';

export interface AuditListDocument extends Versioned {
  readonly events: readonly {
    readonly chain: string;
    readonly seq: number;
    readonly v: number;
    readonly at: string;
    readonly type: string;
    /** As it was stored, in the shape of version `v`. */
    readonly body: unknown;
    readonly hash: string;
  }[];
}

/** A checkpoint that hosts keep, signed by this controller's key, and that its store contradicts. */
export interface AuditEvidence {
  readonly chain: string;
  /** How far the chain had come, and the hash of that event. */
  readonly seq: number;
  readonly head: string;
  readonly at: string;
  /** Who keep it, sorted. */
  readonly hosts: readonly string[];
  /** What is missing or another. */
  readonly detail: string;
}

export interface AuditVerificationDocument extends Versioned {
  readonly ok: boolean;
  readonly chains: readonly {
    readonly chain: string;
    readonly events: number;
    readonly head: string;
    readonly ok: boolean;
    readonly detail: string;
    /** The event up to which the chain is signed; null: it is not. Left out by 0.1. */
    readonly signed?: { readonly seq: number; readonly at: string } | null;
  }[];
  /** Left out by 0.1, which signs nothing. */
  readonly signing?: {
    /** Of the key; null: this controller signs nothing. */
    readonly key: string | null;
    /** Connected hosts that keep checkpoints. */
    readonly hosts: number;
    readonly evidence: readonly AuditEvidence[];
  };
}
