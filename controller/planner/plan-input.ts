/** What a plan is made of. */
import type { PathDocument } from '../../common/documents.ts';
import type { ClusterView, Problem, Procedure, VersionScheme } from '../../common/engine.ts';
import type { Bundle } from '../../common/orders.ts';

export interface PlanOptions {
  /** How many disruptive turns are the canary; null: one. */
  readonly canary: number | null;
  /** How long a node must stay healthy before the next one; null: the default, or the pack's least if that is more. */
  readonly settleMs: number | null;
  readonly soakMs: number | null;
  /** Going to a lower version must be said. */
  readonly downgrade: boolean;
}

export interface PlanInput {
  /** With facts that were asked for now. */
  readonly view: ClusterView;
  /** From the version to be left to the one wanted, as the rules allow it. */
  readonly path: PathDocument;
  /** Strictest limits of the pack, one entry a hop. */
  readonly limits: readonly { readonly maxOutOfService: number; readonly minSettleSeconds: number }[];
  /** Where expected, enrolled and seen members disagree. */
  readonly membership: readonly Problem[];
  readonly releases: readonly Bundle[];
  readonly procedure: Procedure;
  readonly scheme: VersionScheme;
  readonly options: PlanOptions;
}
