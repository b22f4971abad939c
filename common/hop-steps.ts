/** What a hop asks of its cluster as a whole, before its first node and after its last one. */
import type { NodeView } from './cluster-view.ts';
import type { Hop, Step } from './plan.ts';

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
