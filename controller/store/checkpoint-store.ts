/** The part of the store that keeps checkpoints of the audit chains. */
import type { Checkpoint } from '../../common/checkpoint.ts';

/** A chain with its newest event. */
export interface ChainEnd {
  readonly chain: string;
  readonly seq: number;
  readonly head: string;
}

/** A chain that grew is signed again after so long, or so many events; a run that ended is signed at once. */
export interface SigningPace {
  readonly nowMs: number;
  readonly everyMs: number;
  readonly everyEvents: number;
}

/** Evidence of another history that a person let stand: the store was restored, or its key is lost. */
export interface HistoryAccepted {
  readonly anchors: readonly ChainEnd[];
  /** Chains whose checkpoint did not hold, or was gone. Where there are any, all chains are signed anew. */
  readonly checkpoints: readonly string[];
  readonly actor: string;
  readonly reason: string;
  readonly atMs: number;
}

export interface CheckpointStore {
  /** One of each chain that has any. */
  newest(): Promise<readonly Checkpoint[]>;
  of(chain: string): Promise<Checkpoint | null>;
  /** Chains that are to be signed now, oldest first. */
  due(pace: SigningPace, limit: number): Promise<readonly ChainEnd[]>;
  /** How many fewer chains have a checkpoint than the newest one says: so many were deleted. */
  missing(): Promise<number>;
  /** One transaction for all of them. */
  put(
    ends: readonly ChainEnd[],
    atMs: number,
    seal: (checkpoint: Omit<Checkpoint, 'key' | 'signature'>) => Checkpoint,
  ): Promise<readonly Checkpoint[]>;
  /** What there is of a chain: its newest event (null: no such chain), and the hash of this one (null: none). */
  found(chain: string, seq: number): Promise<{ readonly end: number | null; readonly hash: string | null }>;
  /** Whether a person let this evidence stand. */
  accepted(chain: string, seq: number, head: string): Promise<boolean>;
  accept(history: HistoryAccepted): Promise<void>;
}
