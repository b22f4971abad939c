/** PURE. What a run is now, and what can be asked of that. How it came to be so: `run-machine.ts`. */
import type { HopState, RunEnd, SoakProgress, Way } from '../../../common/events.ts';
import type { Incarnation } from '../../../common/facts.ts';
import type { Hold } from '../../../common/holds.ts';
import type { Effect, Outcome, PartDuration } from '../../../common/orders.ts';
import type { PlanNode } from '../../../common/plan.ts';

/**
 * Of the fold: the same events fold to the same status as long as it is the same. Counted up, by one for each release at most, by the one that changes
 * what `nextStatus` makes of a log; what was stored by another one is folded again. 1 is that of 0.1; 2 has the former ids of replaced nodes.
 */
export const foldVersion = 2;

export interface StepStatus {
  readonly attempt: number;
  /** Who carries this attempt out; empty: the controller, or a person's word to it. */
  readonly instance: string;
  /** `unknown`: it is unknown whether it took effect. `retry`: attempt n+1 may be made. `waiting`: no order, and not ended yet. `excused`: it failed, and keeps nothing. */
  readonly state: 'dispatched' | 'waiting' | 'done' | 'failed' | 'excused' | 'unknown' | 'retry';
  /** Why it is failed or unknown; null otherwise. */
  readonly hold: Hold | null;
  /** null while dispatched, unknown, or settled by a person. */
  readonly outcome: Outcome | null;
  /** What all attempts together left behind: nothing, a release restored by the agent, or the change that was ordered. */
  readonly effect: 'none' | 'reverted' | 'made';
  readonly elapsedMs: number;
  readonly downtimeMs: number | null;
  readonly parts: readonly PartDuration[];
  /** Version that the running database reported. */
  readonly version: string | null;
  /** Life of the turn's node that this end speaks of (P2). */
  readonly provenIn: Incarnation | null;
  /** Asked for while the run goes back, of a turn that is not rolled back yet; left out: it was not. */
  readonly onRollback?: true;
  /** What a later step of the turn needs of this one. */
  readonly token?: string;
  /** How the watching stands. */
  readonly soak?: SoakProgress;
  /** Whose word it was, and what they said. */
  readonly confirmed?: RequestedBy;
}

export interface TurnStatus {
  readonly turn: string;
  /** Whose turn it is; left out: not of a single node. */
  readonly instance?: string;
  readonly way: Way;
  /** Role at the time the turn was chosen, forward and back. */
  readonly role: string;
  readonly backRole: string | null;
  /** Newest life of the turn's node that a receipt told of. */
  readonly incarnation: Incarnation | null;
  readonly steps: { readonly [step: string]: StepStatus };
  /** Members chosen for steps that several could carry out; left out: none was. */
  readonly executors?: { readonly [step: string]: string };
  /** Nodes that a person excluded from the run: the turn goes on without them, their own turns do not. Left out: none. */
  readonly without?: readonly ExcludedNode[];
}

/** By both of its names: steps are carried out by an instance, and wait for a member. */
export interface ExcludedNode {
  readonly instance: string;
  readonly member: string;
}

export type Exclusion = ExcludedNode & { readonly actor: string; readonly reason: string };

export interface Intervention {
  readonly instance: string;
  readonly host: string;
  readonly verb: string;
  readonly actor: string;
  readonly seq: number;
  /** A person said `resume` or decided otherwise after it. */
  readonly settled: boolean;
}

export interface Replaced {
  readonly instance: string;
  /** What the database knows it by now. */
  readonly member: string;
  /** By what it knew it before. */
  readonly former: readonly string[];
  /** What a person has to do with it before the run is resumed; left out: nothing. */
  readonly repair?: string;
}

export interface RequestedBy {
  readonly actor: string | null;
  readonly reason: string;
}

/** With the member that opened it; of the whole cluster it is one, no matter which did. */
export type OpenEffect = Effect & { readonly instance: string };

/** A setting that was changed for the time of an excluded node's turn, and stays changed. */
export type LeftEffect = OpenEffect & { readonly leftFor: string };

/** What a change of this key at this member opened before, or restores. */
export function isEffectOf(effect: OpenEffect, instance: string, key: string): boolean {
  return effect.key === key && (effect.scope === 'cluster' || effect.instance === instance);
}

export interface RunStatus {
  readonly plan: string;
  readonly digest: string;
  readonly cluster: string;
  readonly plannedBy: string;
  readonly approvedBy: string | null;
  /** `unfinalized`: upgraded, and resting until a person finalizes it or rolls it back. */
  readonly state: 'draft' | 'approved' | 'active' | 'unfinalized' | RunEnd;
  readonly way: Way;
  readonly paused: RequestedBy | null;
  readonly aborting: RequestedBy | null;
  readonly rollback: RequestedBy | null;
  readonly holds: readonly Hold[];
  /** In the order in which they were chosen; a rollback goes through them from the end. */
  readonly turns: readonly TurnStatus[];
  readonly hops: { readonly [hop: string]: HopState };
  /** Hops after the first that got a word of their own; left out as long as there is none. */
  readonly approvedHops?: readonly string[];
  /** Metrics of the cluster before a hop touched it; left out: none were taken. */
  readonly baselines?: { readonly [hop: string]: Readonly<Record<string, number>> };
  readonly effects: readonly OpenEffect[];
  readonly interventions: readonly Intervention[];
  readonly waived: readonly string[];
  readonly excluded: readonly Exclusion[];
  /** Nodes that were replaced by hand; left out: none. */
  readonly replaced?: readonly Replaced[];
  /** Settings that the run does not restore; left out: none. */
  readonly leftEffects?: readonly LeftEffect[];
  readonly epoch: number | null;
  readonly writer: string | null;
  readonly endReason: string | null;
}

export function sameIncarnation(a: Incarnation | null, b: Incarnation | null): boolean {
  return a !== null && b !== null && a.bootId === b.bootId && a.invocationId === b.invocationId;
}

export const isExcluded = ({ excluded }: Pick<RunStatus, 'excluded'>, instance: string | null): boolean =>
  excluded.some((each) => each.instance === instance);

/** What the database knows this node of the plan by now. */
export const memberIdOf = (
  { replaced }: Pick<RunStatus, 'replaced'>,
  { instance, memberId }: Pick<PlanNode, 'instance' | 'memberId'>,
): string => replaced?.find((each) => each.instance === instance)?.member ?? memberId;

/** Something was done on a host without the controller, and no person has said since that the run goes on. */
export const waitsForResume = ({ interventions, replaced }: Pick<RunStatus, 'interventions' | 'replaced'>): boolean =>
  interventions.some((each) => !each.settled) || replaced?.some(({ repair }) => repair !== undefined) === true;

/** By this id the database knew a node that was replaced. Another one that restarts may find it in its own files and name it anew. */
export const isReplacedId = ({ replaced = [] }: Pick<RunStatus, 'replaced'>, id: string): boolean =>
  replaced.some(({ former }) => former.includes(id)) && !replaced.some(({ member }) => member === id);

/** By either of its names: the database knows members only. */
export const isAboutExcluded = ({ excluded }: Pick<RunStatus, 'excluded'>, subject: string): boolean =>
  excluded.some(({ instance, member }) => instance === subject || member === subject);

export const isOver = (status: RunStatus): boolean => !['draft', 'approved', 'active', 'unfinalized'].includes(status.state);

export interface StepAt {
  readonly turn: string;
  readonly step: string;
  readonly status: StepStatus;
}

function stepsWhere(status: RunStatus, wanted: (step: StepStatus) => boolean): readonly StepAt[] {
  const found: StepAt[] = [];
  for (const { turn, steps } of status.turns)
    for (const [step, stepStatus] of Object.entries(steps)) if (wanted(stepStatus)) found.push({ turn, step, status: stepStatus });
  return found;
}

const openByStatus = new WeakMap<RunStatus, readonly StepAt[]>();

/** Orders without an end. Asked many times of one status, which never changes: looked for once. */
export function openSteps(status: RunStatus): readonly StepAt[] {
  const known = openByStatus.get(status) ?? stepsWhere(status, (step) => step.state === 'dispatched');
  openByStatus.set(status, known);
  return known;
}

/** Steps that are no orders and have not ended yet. */
export const waitingSteps = (status: RunStatus): readonly StepAt[] => stepsWhere(status, (step) => step.state === 'waiting');

/** Nothing is under way but what is watched, or asked of a person. */
export const onlyWaits = (status: RunStatus): boolean => waitingSteps(status).length > 0 && openSteps(status).length === 0;

/** Orders that ended badly or whose end is unknown, not yet settled. */
export const badSteps = (status: RunStatus): readonly StepAt[] =>
  stepsWhere(status, (step) => step.state === 'failed' || step.state === 'unknown');

export function knowsIntervention(status: RunStatus, host: string, seq: number): boolean {
  return status.interventions.some((each) => each.host === host && each.seq === seq);
}

/**
 * Finds a step by id in whatever turn it stands. Orders name step and attempt and no turn: where a plan repeats a step its attempts are counted
 * together, and this is the newest one (P3).
 */
export function findStep(status: RunStatus, step: string): StepAt | null {
  let newest: StepAt | null = null;
  for (const { turn, steps } of status.turns) {
    const found = Object.hasOwn(steps, step) ? steps[step] : undefined;
    if (found !== undefined && found.attempt > (newest?.status.attempt ?? 0)) newest = { turn, step, status: found };
  }
  return newest;
}

export const stepIn = (status: RunStatus, at: { readonly turn: string; readonly step: string }): StepStatus | undefined =>
  status.turns.find((turn) => turn.turn === at.turn)?.steps[at.step];

export function withTurn(status: RunStatus, turnId: string, change: (turn: TurnStatus) => TurnStatus): RunStatus {
  return { ...status, turns: status.turns.map((turn) => (turn.turn === turnId ? change(turn) : turn)) };
}
