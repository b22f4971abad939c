/** What `drydock controller`, `audit` and `identity` answer with: adoption of a fleet, the audit log, backups, identities. */
import type { RunEnd } from '../events.ts';
import type { Versioned } from './versioned.ts';

/** An order that this store never gave and that an agent holds. */
export interface LearnedOrderDocument {
  readonly order: string;
  readonly run: string;
  readonly instance: string;
  readonly host: string;
  /** `downtime`, `act promote` … */
  readonly what: string;
  /** `done`, `failed`, `refused`, `interrupted`; `open`: its agent reports its end later; `forgotten`: it never began. */
  readonly outcome: string;
  readonly epoch: number;
  readonly writer: string;
}

/** What stays unknown, because an agent is away or its journal does not reach back. */
export interface HistoryGapDocument {
  readonly kind: 'history-gap';
  readonly host: string;
  readonly detail: string;
}

export interface AdoptedClusterDocument {
  readonly cluster: string;
  /** Epoch that was claimed, above all that agents obeyed. */
  readonly epoch: number;
  readonly learned: readonly LearnedOrderDocument[];
  readonly gaps: readonly HistoryGapDocument[];
  /** Runs of this store that cannot go on. */
  readonly ended: readonly { readonly run: string; readonly state: RunEnd; readonly reason: string }[];
}

export interface AdoptionDocument extends Versioned {
  readonly reason: string;
  readonly clusters: readonly AdoptedClusterDocument[];
}

// What was done, and whether anybody changed the record of it.

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

// What a copy of the controller's store holds, and what became of it.

export interface StoreHoldings {
  /** Version of the schema; an older controller does not open it. */
  readonly schema: number;
  /** Runs that were started, and how many of them had not ended. */
  readonly runs: number;
  readonly openRuns: number;
  readonly plans: number;
  /** Adopted clusters; epoch: the highest that this store ever claimed. */
  readonly clusters: readonly { readonly cluster: string; readonly epoch: number | null }[];
  readonly audit: {
    readonly events: number;
    /** Oldest first; heads as `drydock audit --verify` lists them. */
    readonly chains: readonly { readonly chain: string; readonly events: number; readonly head: string }[];
  };
}

/** A store as it was copied: whole, its chains recomputed. */
export interface StoreCopyDocument extends Versioned {
  readonly bytes: number;
  readonly digest: string;
  readonly takenAt: string;
  readonly holds: StoreHoldings;
}

export interface BackupDocument extends StoreCopyDocument {
  readonly file: string;
}

export interface RestoreDocument extends Versioned {
  readonly store: string;
  readonly from: string;
  readonly holds: StoreHoldings;
  /** Files of the store that was there before; empty: there was none. */
  readonly keptAside: readonly string[];
}

/** Answer of `identity list`. */
export interface IdentityDocument {
  /** `agent:db-1`, `human:anna` */
  readonly identity: string;
  /** Of people; the empty selector: over everything. */
  readonly roles: readonly { readonly role: string; readonly selector: string }[];
  /** null: a token waits to be used. */
  readonly enrolledAt: string | null;
  readonly certificateExpiresAt: string | null;
  readonly revokedAt: string | null;
  readonly tokenExpiresAt: string | null;
}

export interface IdentityListDocument {
  readonly apiVersion: 'drydock/v1';
  readonly identities: readonly IdentityDocument[];
}
