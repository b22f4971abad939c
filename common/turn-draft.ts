/** What a turn is made of: what the planner asks an engine for, and what the engine gives. */
import type { NodeView } from './cluster-view.ts';
import type { ConfigRevision } from './orders.ts';
import type { Handover, Hop, Step } from './plan.ts';

export interface TurnInput {
  readonly idPrefix: string;
  readonly node: NodeView;
  /** The cluster's other nodes: who can be asked about this one, and who depends on it. */
  readonly peers: readonly NodeView[];
  /** Role that this variant is for. */
  readonly role: string;
  readonly hop: Pick<Hop, 'from' | 'to' | 'direction'>;
  readonly fromRelease: string;
  readonly toRelease: string;
  readonly settleMs: number;
  /** Takes the leader's role over in the leader's turn; null: the leader is restarted where it is. */
  readonly successor: NodeView | null;
  /** Put into place in the downtime, or without one when `reloadOnly`. */
  readonly config: ConfigRevision | null;
  readonly reloadOnly: boolean;
  /** Snapshot that is put into the data directory's place; null: none. */
  readonly restore: string | null;
}

export interface TurnDraft {
  readonly steps: readonly Step[];
  readonly undo: readonly Step[];
  readonly downtimeMs: number;
  readonly handover?: Handover;
  readonly beside?: readonly string[];
  /** What is not as usual while the turn is open, one sentence each. */
  readonly risks?: readonly string[];
}
