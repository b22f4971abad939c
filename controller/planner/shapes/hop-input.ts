/** What the phases of one hop are made of. */
import type { ClusterView, NodeView } from '../../../common/cluster-view.ts';
import type { PathHop } from '../../../common/documents/rules.ts';
import type { Bundle, ConfigRevision } from '../../../common/orders.ts';
import type { Direction } from '../../../common/plan.ts';
import type { Procedure } from '../../../common/procedure.ts';
import type { ExternalCheck, PlannedNode } from '../plan-input.ts';
import type { HopSnapshot } from './snapshot-need.ts';

export interface HopInput {
  readonly id: string;
  readonly hop: PathHop;
  readonly direction: Direction;
  readonly procedure: Procedure;
  readonly view: ClusterView;
  /** Nodes with a turn, in the expected order. */
  readonly order: readonly PlannedNode[];
  readonly all: readonly PlannedNode[];
  readonly canaryCount: number;
  readonly settleMs: number;
  readonly soakMs: number;
  /** Of a hop that is finalized by command: `auto` without a further consent. */
  readonly finalize: 'on-command' | 'auto';
  /** How long it may rest until then. */
  readonly restMs: number;
  /** Takes the leader's role over in the leader's turn; null: it is restarted where it is. */
  readonly successor: NodeView | null;
  readonly reloadOnly: boolean;
  /** Releases that do not run stay on the hosts: another run may roll back to them. */
  readonly keepsReleases: boolean;
  /** Questions to other systems, those of this hop. */
  readonly external: readonly ExternalCheck[];
  readonly snapshot: HopSnapshot | null;
  /** Snapshot that a node is restored to; null: none. */
  restore(node: PlannedNode): string | null;
  config(node: PlannedNode): ConfigRevision | null;
  /** What the so-manieth restart that finalizes the hop makes of a node's file. */
  finalConfig(node: PlannedNode, restart: number): ConfigRevision | null;
  fromRelease(node: PlannedNode): string;
  toRelease(node: PlannedNode): string;
  bundle(node: PlannedNode): Bundle | null;
}
