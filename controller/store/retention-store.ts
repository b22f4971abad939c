/** The part of the store that removes what is over, and knows afterwards what it removed. Audit chains are no part of it: they stay whole. */
import type { RunEnd } from '../../common/events.ts';

/** By time, and by the order of writing where times are the same. */
export interface RunPlace {
  readonly atMs: number;
  readonly ordinal: number;
}

/** A run that has ended, as far as retention asks. */
export interface EndedRun {
  readonly runId: string;
  readonly cluster: string;
  readonly state: RunEnd;
  readonly endedAtMs: number;
  /** How long its plan keeps its snapshots; null: it makes none. */
  readonly keepSnapshotsMs: number | null;
  /** No run of its cluster was begun after it. */
  readonly isNewest: boolean;
  /** Receipts and admissions of it are still there. */
  readonly hasReceipts: boolean;
  /** In the list of runs. */
  readonly place: RunPlace;
}

/** What is still known of a run that was removed. */
export interface RemovedRun {
  readonly runId: string;
  readonly planId: string;
  readonly cluster: string;
  readonly state: RunEnd;
  readonly endedAtMs: number;
  readonly removedAtMs: number;
}

export interface RetentionStore {
  /** Runs that were begun before and have ended, eldest first, after this place (null: from the eldest); at most `limit` of them. */
  ended(beforeMs: number, after: RunPlace | null, limit: number): Promise<readonly EndedRun[]>;
  /** Plans that were made before and never approved, eldest first. */
  drafts(beforeMs: number, limit: number): Promise<readonly string[]>;
  /**
   * Some orders of a run that has ended, with their receipts, and its admissions: the ids of the orders stay, with who gave them (P5).
   * True: none are left.
   */
  dropReceipts(runId: string, limit: number): Promise<boolean>;
  /** A run that has ended and has no receipts any more goes with its plan, which is written down in the fleet's chain. */
  removeRun(runId: string, atMs: number): Promise<void>;
  /** By the id of the run, or of its plan; null: no such run was removed. */
  removed(kind: 'run' | 'plan', id: string): Promise<RemovedRun | null>;
}
