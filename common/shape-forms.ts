/**
 * What an engine fills in for hops that are not rolling: which nodes go together, in which order, and what each node does there. The phases and their
 * barriers are the planner's. PURE, as the procedure is.
 */
import type { ClusterView, NodeView } from './facts.ts';
import type { ConfigRevision } from './orders.ts';
import type { Handover, Hop, Step, WaveOrder } from './plan.ts';

/** Nodes that go together, or one after the other; the next ones begin when all of them are complete. */
export interface NodeWave {
  /** For people, and part of ids: `om`, `datanodes`. */
  readonly name: string;
  readonly order: WaveOrder;
  readonly instances: readonly string[];
}

/** The way there of one node in a wave, and how the rollback of this wave undoes it. */
export type WaveTurn = Pick<TurnDraft, 'steps' | 'undo'>;

/** Everything is stopped before any artifact changes (`all-stop`), or one instance is changed in place (`in-place`). */
export interface StoppedForm {
  /** What clients see while everything is stopped, one clause: `no key can be read or written`. */
  readonly clientsSee: string;
  /** From the preparation of the cluster on nothing is written; left out: only while something is stopped. */
  readonly preparationStopsWrites?: true;
  /** Every node that runs is in one of the waves. */
  stopWaves(view: ClusterView): readonly NodeWave[];
  startWaves(view: ClusterView): readonly NodeWave[];
  /** Stops the node and leaves it stopped; undone by starting what it ran before. */
  stop(input: TurnInput): WaveTurn;
  /** Puts the new release into place; undone by putting the one before into place. */
  activate(input: TurnInput): WaveTurn;
  /** Starts the node and proves it; undone by stopping it. */
  start(input: TurnInput): WaveTurn;
  /** Once everything runs: what the cluster as a whole is told or waited for; undone before the first node of it is stopped again. */
  onceStarted?(input: HopStepsInput): Pick<HopPreparation, 'steps' | 'undo'>;
  /** Whose data is snapshot while everything is stopped; left out: no node's. */
  snapshots?(node: NodeView): boolean;
}

/** What a hop changes in the data itself, between the stop and the start. */
export interface MigrationForm {
  /** What a person has to have done or read before anything is stopped, one sentence each. */
  attests(hop: { readonly from: string; readonly to: string }): readonly string[];
  /** What cannot be undone after it, one clause: `10.0 cannot read the data any more`. */
  readonly pointOfNoReturn: string;
  migrate(input: TurnInput): readonly Step[];
  /** While it is still stopped, after the migration. */
  beforeStart?(input: TurnInput): readonly Step[];
  /** Once it serves. */
  afterStart?(input: TurnInput): readonly Step[];
}

/** A second cluster or clone is made, filled, verified and switched to; the first one is retired by a consent of its own. */
export interface SideBySideForm {
  /** What the clients are switched to, one clause. */
  readonly switched: string;
  create(input: TurnInput): readonly Step[];
  copy(input: TurnInput): readonly Step[];
  /** Counts, checksums. */
  compare(input: TurnInput): readonly Step[];
  switchOver(input: TurnInput): WaveTurn;
  accept(input: TurnInput): readonly Step[];
  retire(input: TurnInput): readonly Step[];
  /** Removes what `create` and `copy` made; run when the run goes back before the switch. */
  discard(input: TurnInput): readonly Step[];
}

// What a hop asks of its cluster as a whole, before its first node and after its last one.

/** What a hop needs of its cluster as a whole: told before its first node, proven after its last one. */
export interface HopStepsInput {
  readonly idPrefix: string;
  readonly hop: Pick<Hop, 'from' | 'to' | 'direction'>;
  /** All nodes of the cluster, in the expected order of their turns. */
  readonly nodes: readonly NodeView[];
}

export interface HopPreparation {
  readonly steps: readonly Step[];
  /** After the last node that was rolled back. */
  readonly undo: readonly Step[];
  readonly risks: readonly string[];
}

// What a turn is made of: what the planner asks an engine for, and what the engine gives.

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
