/** Plans, and how two of them differ. */
import type { MovedRole, Plan } from '../plan.ts';
import type { Versioned } from './versioned.ts';

/** The plan document of the API is the canonical JSON of Plan itself; this is what `plan show -o json` prints around it. */
export interface PlanShownDocument extends Versioned {
  readonly planId: string;
  /** null: it is not approved yet. */
  readonly runId: string | null;
  readonly digest: string;
  readonly state: string;
  /** Members that have another role now than when the plan was made. */
  readonly moved: readonly MovedRole[];
  /** As it was stored and digested: a plan of an earlier release has the shape of its version. */
  readonly plan: Plan;
}

export interface PlanDiffDocument extends Versioned {
  readonly a: string;
  readonly b: string;
  readonly same: boolean;
  /** Lines of the printed trees: ` ` in both, `-` only in a, `+` only in b. */
  readonly lines: readonly string[];
}

/** What a plan is for, as lists say it. */
export interface PlannedWork {
  readonly cluster: string;
  readonly engine: string;
  /** `upgrade`, `configuration, restart`, `restore r-3 on db-3`. */
  readonly what: string;
  readonly from: string;
  readonly to: string;
}

export interface PlanListDocument extends Versioned {
  readonly plans: readonly (PlannedWork & {
    readonly plan: string;
    /** null: it is not approved yet. */
    readonly run: string | null;
    /** Of its run; `draft` without one. */
    readonly state: string;
    readonly digest: string;
    readonly madeAt: string;
    readonly madeBy: string;
  })[];
}
