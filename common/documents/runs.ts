/** How a run goes, and how it went. */
import type { RunEnd, Way } from '../events.ts';
import type { Hold } from '../holds.ts';
import type { PartDuration } from '../orders.ts';
import type { MovedRole, PhaseName, PlanTask } from '../plan.ts';
import type { PlannedWork } from './plans.ts';
import type { Versioned } from './versioned.ts';

export const runStates = ['draft', 'approved', 'active', 'unfinalized', 'done', 'rolled-back', 'aborted', 'stuck'] as const;

/** `waiting`: no order; a person's word or the controller ends it. */
export type StepState = 'queued' | 'dispatched' | 'begun' | 'waiting' | 'ended' | 'unknown';

export interface StepDocument {
  readonly step: string;
  readonly title: string;
  readonly state: StepState;
  readonly attempt: number;
  readonly outcome: string | null;
  readonly ms: number | null;
  readonly expectedMs: number;
}

/** `excluded`: its node was excluded from the run before the turn was over. */
export const turnStates = ['pending', 'open', 'done', 'failed', 'rolling-back', 'rolled-back', 'excluded'] as const;
export type TurnState = (typeof turnStates)[number];

export interface TurnDocument {
  readonly turn: string;
  readonly hop: string;
  readonly phase: PhaseName;
  readonly instance: string | null;
  readonly role: string | null;
  readonly disruptive: boolean;
  readonly state: TurnState;
  readonly downtimeMs: number | null;
  readonly version: string | null;
  readonly rollbackUsed: boolean;
  /** When it was chosen, and its latest receipt, in the way it goes now; turns that go together have the same times. null: not yet. */
  readonly startedAt: string | null;
  readonly lastReceiptAt: string | null;
  readonly steps: readonly StepDocument[];
}

export interface HoldDocument extends Hold {
  readonly since: string;
  readonly nextProbe: string | null;
}

/** A setting that is changed for a time, and what it is restored to. */
export interface EffectDocument {
  readonly instance: string;
  readonly key: string;
  readonly prior: string | null;
  readonly set: string | null;
}

/** A node that a person left out of the rest of the run. */
export interface ExclusionDocument {
  readonly instance: string;
  readonly actor: string;
  readonly reason: string;
  /** Settings that were changed for the time of its turn, and are not restored: it did not serve. */
  readonly effectsLeft: readonly EffectDocument[];
}

/** A word that turned a run round. */
export interface RequestDocument {
  readonly since: string;
  /** null: the policy of the plan. */
  readonly actor: string | null;
  readonly reason: string;
}

/** Ready to paste, with what it is for: `bring level`, `downgrade`. */
export interface NextCommand {
  readonly what: string;
  readonly command: string;
}

/** A run that is upgraded and not finalized. */
export interface RestDocument {
  readonly since: string;
  /** By then a person must have decided, or the run holds; null: nothing limits it. */
  readonly until: string | null;
  readonly step: string;
  /** What a person agrees to by finalizing. */
  readonly thing: string;
  /** What the cluster refuses until it is finalized, by the names that people know. */
  readonly refused: readonly string[];
  /** Possible until it is finalized, which is due by `until`; `lost`: what is gone from then on. null: there is no rollback any more. */
  readonly rollback: { readonly until: string | null; readonly lost: string } | null;
}

export interface RunDocument extends Versioned {
  /** What the run is for: `upgrade`, `configuration, restart`, `restore r-3 on db-3`. */
  readonly what: string;
  /** Roles that somebody moved since the plan was made; each turn goes by the role that its node has then. */
  readonly moved: readonly MovedRole[];
  /** In force now for the time of a turn. */
  readonly effects: readonly EffectDocument[];
  readonly excluded: readonly ExclusionDocument[];
  readonly run: string;
  readonly plan: string;
  readonly digest: string;
  readonly cluster: string;
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  readonly state: 'draft' | 'approved' | 'active' | 'unfinalized' | RunEnd;
  readonly way: Way;
  readonly paused: boolean;
  readonly aborting: boolean;
  /** Why it goes back, or went; null: it does not. */
  readonly rollback: RequestDocument | null;
  /** It is upgraded and rests until a person finalizes it or rolls it back; null: it does not rest. */
  readonly rest: RestDocument | null;
  /** Why it ends early, or did; null: it does not. */
  readonly abort: RequestDocument | null;
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  readonly endReason: string | null;
  readonly holds: readonly HoldDocument[];
  /** Why the next turn was not let on, when it is not a hold; null: nothing waits. */
  readonly waiting: {
    readonly reason: string;
    readonly since: string;
    readonly nextProbe: string | null;
    /** When a proof is given up that does not come, and what follows then; left out: what waits is no proof. */
    readonly givenUp?: { readonly at: string; readonly otherwise: string };
  } | null;
  /** One sentence: what is half done and what is not; of a run that is over what those nodes run now that are not as it left them, empty where all are. */
  readonly meaning: string;
  readonly hops: readonly { readonly hop: string; readonly from: string; readonly to: string; readonly state: string }[];
  readonly turns: readonly TurnDocument[];
  /** 0 to 1, by the wall clock and what each step is expected to take; steps that go together count once. */
  readonly fraction: number;
  /** null: a step takes far longer than was expected. */
  readonly remainingMs: number | null;
  /** What of it the steps under way still have: the time left goes down by so much before the next step has to follow. */
  readonly currentStepMs: number;
  readonly legalCommands: readonly string[];
  /** Once it is over: what to do next by what its nodes run now; empty: nothing is left to do, or a node does not answer. */
  readonly next: readonly NextCommand[];
  readonly cursor: number;
}

export interface RunListDocument extends Versioned {
  /** What keeps all runs, also those that are still to be started. */
  readonly holds: readonly HoldDocument[];
  readonly runs: readonly (PlannedWork & {
    readonly run: string;
    readonly plan: string;
    readonly state: string;
    /** The state as `drydock status RUN` says it: `holding`, `rolling back`. */
    readonly shown: string;
    readonly holds: number;
    /** Of a run that rests unfinalized, until when it may; left out: it does not rest, or nothing limits it. */
    readonly restUntil?: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly endReason: string | null;
    readonly plannedBy: string;
  })[];
}

/** What was done to a node in a hop. */
export interface ReportNode {
  readonly instance: string;
  readonly hop: string;
  readonly role: string;
  readonly downtimeMs: number | null;
  readonly parts: readonly PartDuration[];
  readonly settleMs: number | null;
  readonly version: string | null;
  readonly rollbackUsed: boolean;
  readonly steps: readonly { readonly name: string; readonly ms: number }[];
}

export interface ReportDocument extends Versioned {
  readonly run: {
    readonly id: string;
    readonly plan: string;
    readonly digest: string;
    readonly cluster: string;
    readonly what: string;
    readonly state: string;
    readonly reason: string | null;
    readonly from: string;
    readonly to: string;
    readonly startedAt: string | null;
    readonly endedAt: string | null;
    readonly plannedBy: string;
    readonly approvedBy: string | null;
  };
  readonly nodes: readonly ReportNode[];
  /** Of a restore: what it restored, and what was lost by it, one sentence each. */
  readonly restored: readonly string[];
  /** What the notes of the releases passed over leave for a person to do, of hops that are over; left out: nothing. */
  readonly tasks?: readonly PlanTask[];
  /** By handing over the leader's role, all in all; null: no role was handed over. */
  readonly writesPausedMs: number | null;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly holds: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly detail: string;
    readonly since: string;
    readonly ms: number;
  }[];
  readonly effectsOpen: number;
  readonly audit: { readonly ok: boolean; readonly events: number; readonly head: string };
}
