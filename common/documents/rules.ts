/** What rules allow: paths, and the packs that say so. */
import type { FinalizeKind, HopKind, RollbackKind } from '../plan.ts';
import type { Versioned } from './versioned.ts';

/** What becomes of a configuration file on the way over a hop. */
export interface ConfigTask {
  /** `require`: the database needs it, and only a person knows its value. */
  readonly op: 'set' | 'rename' | 'remove' | 'require';
  readonly keys: readonly string[];
  /** By key: the value that is set, or the new name. */
  readonly to?: Readonly<Record<string, string>>;
  /** What the new name's value says and the old one's left out: `ms`. */
  readonly unit?: string;
  /** Name of the file, without its folder. */
  readonly file: string;
  /** The version takes the file as it is: it is done only when a person asks. */
  readonly optional?: true;
  readonly why: string;
  readonly source: string;
}

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

export interface PathDocument extends Versioned {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly admissible: boolean;
  readonly hops: readonly PathHop[];
  readonly refused: readonly PathRefusal[];
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
