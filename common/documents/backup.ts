/** What a copy of the controller's store holds, and what became of it. */
import type { Versioned } from './versioned.ts';

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
