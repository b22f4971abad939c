/**
 * The plan: an immutable tree run / hop / phase / wave / turn / step. What is approved is the digest of its canonical JSON,
 * so nothing in here may depend on when it was made. Executing leaves nothing to choose but the order within the constraints.
 */

import type { ConfigTask } from './config-task.ts';
import type { ControllerBody } from './controller-body.ts';
import type { Affected } from './facts.ts';
import type { Bundle, ConfigChange, Guard, OrderBody, SnapshotVerification } from './orders.ts';

/** Shape of the plans that this release makes; earlier ones are read by upcast.ts. Plans of 0.1 name none: they are version 1. */
export const planVersion = 2;

export const hopKinds = ['rolling', 'all-stop', 'in-place', 'side-by-side'] as const;
export type HopKind = (typeof hopKinds)[number];

export const finalizeKinds = ['none', 'automatic', 'guarded', 'manual'] as const;
export type FinalizeKind = (typeof finalizeKinds)[number];

/** `lossless` loses nothing; `restore-node` takes later writes from peers; `restore-cluster` loses them; `none`: no rollback (P11). */
export const rollbackKinds = ['lossless', 'restore-node', 'restore-cluster', 'none'] as const;
export type RollbackKind = (typeof rollbackKinds)[number];

/** How the new version becomes the committed one (P10). */
export interface Finalize {
  readonly policy: FinalizeKind;
  /** The cluster is watched for so long before; 0: it is not. */
  readonly soakMs: number;
  /** A run may rest unfinalized for so long; null: nothing limits it. */
  readonly deadlineMs: number | null;
  /** Once begun, the version before can no longer run on this data. */
  readonly pointOfNoReturn: boolean;
  /** The run finalizes after its soak without asking again: the approval of the plan is the consent. Left out: a person commands it, if at all. */
  readonly auto?: true;
}

export type Direction = 'upgrade' | 'downgrade';

export const phaseNames = [
  'preflight',
  'stage',
  'consent',
  'attest',
  'create',
  'copy',
  'snapshot',
  'prepare',
  'canary',
  'roll',
  'stop',
  'migrate',
  'activate',
  'start',
  'switch',
  'accept',
  'retire',
  'verify',
  'soak',
  'finalize',
  'cleanup',
] as const;
export type PhaseName = (typeof phaseNames)[number];

/** Who carries a step out: the node itself, or one chosen at run time by a pure rule and recorded: a peer of it, or who has a role then. */
export type Executor =
  | { readonly kind: 'instance'; readonly instance: string }
  | { readonly kind: 'peer'; readonly of: string; readonly preferRole: string | null }
  | { readonly kind: 'role'; readonly role: string }
  /** Of the members that can, by what their agents announce: the preferred role first, then one that is in no turn, then the lowest name. */
  | { readonly kind: 'capable'; readonly capability: string; readonly preferRole: string | null }
  /** No order: the controller itself, or a person's word to it. */
  | { readonly kind: 'controller' };

export interface Step {
  /** Unique in the plan and free of slashes: `h1.roll.db-1.leader.downtime`. */
  readonly id: string;
  /** What a person reads: `downtime`, `settle 60 s`. */
  readonly title: string;
  readonly executor: Executor;
  /** `observe` bodies carry an empty nonce here; the dispatcher fills it in. */
  readonly body: OrderBody | ControllerBody;
  readonly guards: readonly Guard[];
  readonly repeat: 'convergent' | 'once';
  readonly deadlineMs: number;
  readonly expectedMs: number;
  /** Gate id that the procedure judges the receipt's facts by; null: a receipt `done` is enough. */
  readonly healthCheck: string | null;
  /** Step of the same turn whose receipt gives this order its token. */
  readonly tokenFrom?: string;
}

/** A role goes over to another member in this turn: where that happens, and the rollback once it may have happened. */
export interface Handover {
  /** The `once` step after which the role is elsewhere. As long as it was never ordered, the variant's own undo rolls the turn back. */
  readonly step: string;
  readonly undo: readonly Step[];
}

/** What a turn does when its node has this role at the time it is chosen. */
export interface TurnVariant {
  readonly role: string;
  readonly steps: readonly Step[];
  /** Rolls this node back after its downtime took effect; run on rollback, in the reverse order of turns. */
  readonly undo: readonly Step[];
  readonly downtimeMs: number;
  readonly handover?: Handover;
  /** Other instances whose service this turn disturbs while it is open: they are not judged as if nothing went on. */
  readonly beside?: readonly string[];
}

/** One node's steps: the unit of budget, rollback and resume. */
export interface Turn {
  readonly id: string;
  /** null: a turn of the whole cluster that takes nothing down. */
  readonly instance: string | null;
  /** Role at planning; the variant is chosen by the role at the time. */
  readonly expectedRole: string | null;
  /** Disruptive turns use budget and are chosen among all of the hop's waves within the constraints. */
  readonly disruptive: boolean;
  readonly rollback: RollbackKind;
  /** Left out: what the hop brings. */
  readonly leaves?: Leaves;
  readonly variants: readonly TurnVariant[];
  /** Room; `perHourBytes`: what each hour adds that passes before this turn. */
  readonly need: { readonly bytes: number; readonly freeBytes: number; readonly perHourBytes?: number } | null;
}

/** `choose`: one at a time, as the engine's constraints have it, and of this wave alone; `serial`: as listed; `together`: all at once. */
export const waveOrders = ['choose', 'serial', 'together'] as const;
export type WaveOrder = (typeof waveOrders)[number];

/** What a turn leaves its node as: out of service on purpose, or running what it ran before, or what the hop brings. */
export type Leaves = 'down' | 'old' | 'new';

/**
 * A barrier: the next wave starts when all turns of this one ended well. The rollback goes through the waves of a hop from the end, each by the
 * undo of its turns, and is a barrier as well.
 */
export interface Wave {
  readonly id: string;
  /** Left out: disruptive turns are chosen among those of all such waves of the hop; others go as many together as `parallel` says. */
  readonly order?: WaveOrder;
  /** What goes on in it, for people; left out: its phase has it alone. */
  readonly name?: string;
  /** How many turns may be open together; disruptive waves: the budget (default one). */
  readonly parallel: number;
  readonly turns: readonly Turn[];
}

export interface Phase {
  readonly id: string;
  readonly name: PhaseName;
  /** One line for the printed tree. */
  readonly summary: string;
  readonly expectedMs: number;
  readonly waves: readonly Wave[];
}

/** What the notes of a release ask of those who pass over it, set against this database when the plan was made. */
export interface PlanTask extends Affected {
  /** Id of the task in the rule pack. */
  readonly task: string;
  /** Whose notes ask for it. */
  readonly releases: readonly string[];
}

export interface Hop {
  readonly id: string;
  readonly from: string;
  readonly to: string;
  readonly kind: HopKind;
  readonly direction: Direction;
  readonly finalize: Finalize;
  readonly rollback: RollbackKind;
  /** Most nodes of one quorum group down at a time; a rule pack's limit that no flag can raise. */
  readonly maxDown: number;
  readonly risks: readonly string[];
  /** What becomes of the configuration file, in this order; each node's difference is in `configDiffs`. Left out: nothing. */
  readonly config?: readonly ConfigTask[];
  /** A person's, once the hop is over; left out: none. */
  readonly tasks?: readonly PlanTask[];
  readonly source: string;
  readonly bundles: readonly Bundle[];
  readonly phases: readonly Phase[];
  /** Its undo is the word that the rollback of this hop needs before its first turn; left out: it needs none. */
  readonly rollbackConsent?: Turn;
}

/** What the rules were told of the cluster when they decided the path. */
export interface PlanTrait {
  readonly name: string;
  readonly value: string;
  /** A person gave it, and the engine does not observe it: it must be so. Left out: it was observed. */
  readonly given?: true;
}

export interface PlanNode {
  readonly instance: string;
  readonly host: string;
  readonly memberId: string;
  readonly dataDir: string;
  readonly role: string;
  readonly version: string;
  readonly release: string;
  readonly arch: string;
  readonly profileDigest: string;
  /** What the digest is of; left out where its agent, or the plan, is of 0.1. */
  readonly profile?: Readonly<Record<string, string>>;
  /** What it is among the engine's kinds of nodes; left out: the engine has one kind. */
  readonly component?: string;
  /** Nodes of one group count together against the budget; left out: all nodes are one group. */
  readonly group?: string;
  /** Members that run from the same releases folder of the host: staged, activated and cleaned up as one; left out: none does. */
  readonly releaseSharedWith?: readonly string[];
  /** false: its failure is reported and keeps nothing. */
  readonly critical?: false;
}

/** A member that has another role than when the plan was made. */
export interface MovedRole {
  readonly instance: string;
  readonly planned: string;
  readonly now: string;
}

/** What the plan is for; at least one of the members. */
export interface Goal {
  readonly release?: string;
  /** Versions to stop at that a person asked for; only beside release. */
  readonly via?: readonly string[];
  readonly config?: readonly ConfigChange[];
  readonly restart?: true;
  readonly restore?: {
    readonly scope: 'node' | 'cluster';
    /** That made the snapshots. */
    readonly run: string;
    readonly snapshots: readonly { readonly instance: string; readonly snapshot: string }[];
  };
}

/** Who takes writes after the leader's turn, and why just this member. */
export interface Succession {
  readonly from: string;
  readonly to: string;
  readonly why: string;
  /** How each point of it ends if the controller is gone, one sentence each. */
  readonly withoutController: readonly string[];
}

/** What a revision does to one node's configuration file, for the reader. */
export interface ConfigDiff {
  readonly instance: string;
  readonly file: string;
  /** Unified, without headers: ` kept`, `-old`, `+new`. */
  readonly lines: readonly string[];
  /** Keys that take effect only at a restart. */
  readonly restartKeys: readonly string[];
}

export interface Plan {
  readonly apiVersion: 'drydock/v1';
  readonly v: typeof planVersion;
  readonly cluster: string;
  readonly engine: string;
  /** The database's own id of the cluster as it was adopted. */
  readonly databaseId: string;
  readonly goal: Goal;
  readonly from: string;
  readonly to: string;
  readonly direction: Direction;
  readonly pack: { readonly name: string; readonly version: number; readonly digest: string };
  readonly nodes: readonly PlanNode[];
  /** By name; left out: no rule of the pack asks for a trait that is known. */
  readonly traits?: readonly PlanTrait[];
  /** `hop`: every hop after the first waits for an approval of its own; left out: the approval of the plan is for all of it. */
  readonly approval?: 'hop';
  /** The first so many disruptive turns of each hop are the canary: a failure there rolls back by itself. */
  readonly canaryCount: number;
  readonly settleMs: number;
  readonly hops: readonly Hop[];
  readonly expectedMs: number;
  readonly writesPauseMs: number;
  /** The other thing that could become of the leader's role, and how long writes would pause then; left out: there is only one. */
  readonly otherWay?: { readonly primary: 'restart' | 'switchover'; readonly writesPauseMs: number };
  readonly risks: readonly string[];
  /** What cannot be rolled back, one sentence each; empty: nothing. */
  readonly irreversible: readonly string[];
  readonly succession?: Succession;
  readonly configDiffs?: readonly ConfigDiff[];
  /** Values that a person gave to settings which a version on the way needs; left out: none is needed. */
  readonly configGiven?: Readonly<Record<string, string>>;
  /** Changes that no version needs are made as well; left out: they are not. */
  readonly configOptional?: true;
  readonly snapshot?: { readonly verify: SnapshotVerification; readonly keepMs: number };
  /** What is gone for good when this plan is carried out, one sentence each; printed before consent. */
  readonly lost?: readonly string[];
}

/** Role of a variant that serves whatever its node's role is. */
export const anyRole = '';

/** What a turn does when its node has this role; null: the plan has nothing for such a node. */
export function variantFor(turn: Turn, role: string): TurnVariant | null {
  return turn.variants.find((variant) => variant.role === role) ?? turn.variants.find((variant) => variant.role === anyRole) ?? null;
}

/** Stands in a plan for the snapshot that the run itself makes of the node: its id is known once the run has one. */
export const ownSnapshot = 'own';

/** Every turn of the plan with the places it stands in, in printed order. */
export function* turnsOf(plan: Plan): Generator<{ hop: Hop; phase: Phase; wave: Wave; turn: Turn }> {
  for (const hop of plan.hops)
    for (const phase of hop.phases) for (const wave of phase.waves) for (const turn of wave.turns) yield { hop, phase, wave, turn };
}
