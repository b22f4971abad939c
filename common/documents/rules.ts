/** What rules allow: paths, and the packs that say so. */
import type { ConfigTask } from '../config-task.ts';
import type { FinalizeKind, HopKind, RollbackKind } from '../plan.ts';
import type { Versioned } from './versioned.ts';

export interface PathHop {
  readonly from: string;
  readonly to: string;
  readonly kind: HopKind;
  readonly finalize: FinalizeKind;
  readonly rollback: RollbackKind;
  readonly conditions: readonly string[];
  readonly requirements: readonly string[];
  readonly tasks: readonly string[];
  /** Which of the tasks the notes of a release ask for that the hop crosses, and which release that is. Left out: none. */
  readonly releaseTasks?: readonly { readonly task: string; readonly release: string; readonly source: string }[];
  /** In the order in which they are made. Left out: none. */
  readonly config?: readonly ConfigTask[];
  readonly risks: readonly string[];
  readonly source: string;
}

export interface PathRefusal {
  readonly from: string;
  readonly to: string;
  readonly reason: string;
  readonly instead: string | null;
  readonly source: string;
}

/** A hop for which there is no procedure. */
export interface UncarriedHop {
  readonly from: string;
  readonly to: string;
  readonly why: string;
}

export interface PathDocument extends Versioned {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly admissible: boolean;
  readonly hops: readonly PathHop[];
  readonly refused: readonly PathRefusal[];
  /** Hops that the rules allow and `plan` refuses; left out: none. */
  readonly notCarriedOut?: readonly UncarriedHop[];
  /** Versions to stop at that were asked for; left out: none. */
  readonly via?: readonly string[];
  /** Of the two ends those that the pack does not list: nothing is known of them. Left out: it lists both. */
  readonly unlisted?: readonly string[];
  readonly pack: { readonly name: string; readonly version: number; readonly digest: string };
}

export interface RulePackSummary {
  readonly engine: string;
  readonly version: number;
  readonly digest: string;
  readonly origin: 'built-in' | 'imported';
  readonly active: boolean;
  readonly file: string;
  readonly importedAt: string | null;
  readonly importedBy: string | null;
  readonly releases: number;
  readonly newest: string | null;
}

export interface RulePackListDocument extends Versioned {
  readonly packs: readonly RulePackSummary[];
}

export interface RulePackDocument extends Versioned {
  readonly pack: RulePackSummary;
  readonly text: string;
}

export interface RulePackDiffDocument extends Versioned {
  readonly engine: string;
  /** Digests. */
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  readonly lines: readonly string[];
}

/** What came of putting a pack active: the pack, and what it did to plans that are open. */
export interface RulePackChangeDocument extends Versioned {
  readonly pack: RulePackSummary;
  readonly reproven: readonly {
    readonly run: string;
    readonly plan: string;
    readonly cluster: string;
    /** `same`: its path is as it was; `approval-voided`: it must be planned again; `held`: before its next node. */
    readonly result: 'same' | 'approval-voided' | 'held';
    readonly detail: string;
  }[];
}
