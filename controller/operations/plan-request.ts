/** PURE. What a plan is asked for, and the one goal that this is. */
import { fail } from '../../common/failure.ts';
import type { ConfigChange, SnapshotVerification } from '../../common/orders.ts';
import type { ProbeMore } from '../fleet/fleet.ts';
import type { PlannedGoal } from '../planner/plan-input.ts';
import { isRestored } from '../planner/restored.ts';

/** null stands for the planner's own default. */
export interface MakePlanRequest {
  readonly cluster: string;
  /** null: the version stays; then config, restart or restoreRun says what is wanted. */
  readonly toVersion: string | null;
  /** Versions to stop at on the way. */
  readonly via?: readonly string[];
  readonly canary: number | null;
  readonly settleMs: number | null;
  readonly soakMs: number | null;
  /** null: on command. */
  readonly finalize?: 'on-command' | 'auto' | null;
  readonly finalizeWithinMs?: number | null;
  readonly downgrade: boolean;
  /** null: the leader is restarted where it is. */
  readonly primary?: 'switchover' | 'restart' | null;
  readonly approval?: 'plan' | 'hop' | null;
  readonly config?: readonly ConfigChange[];
  readonly restart?: boolean;
  /** Also changes of the configuration that no version on the way needs. */
  readonly configOptional?: boolean;
  /** null: none is taken. */
  readonly snapshot?: SnapshotVerification | null;
  readonly snapshotKeepMs?: number | null;
  /** Run whose snapshots are restored; null: none. */
  readonly restoreRun?: string | null;
  /** null: the whole cluster. */
  readonly restoreInstance?: string | null;
  /** A version that this cluster was rolled back from is meant once more. */
  readonly again?: boolean;
  /** Of the cluster, where its engine cannot observe them. */
  readonly traits?: Readonly<Record<string, string>>;
}

/** One thing at a time: what a plan undoes must be one thing, too. Throws FailureError(usage, `one-goal`). */
export function goalAsked({
  toVersion,
  config = [],
  restart = false,
  restoreRun = null,
  restoreInstance = null,
}: MakePlanRequest): PlannedGoal {
  const isGiven = toVersion !== null && config.every(({ op }) => op === 'set');
  const reconfigures = (config.length > 0 && !isGiven) || restart;
  const asked = [toVersion !== null, reconfigures, restoreRun !== null].filter((each) => each).length;
  if (asked !== 1)
    throw fail(
      'usage',
      'one-goal',
      'say one of --to VERSION, --config FILE with or without --restart, --restart, or restore RUN: each is a plan of its own',
    );
  if (restoreRun !== null) return { kind: 'restore', run: restoreRun, instance: restoreInstance };
  return reconfigures ? { kind: 'restart', config: config.length > 0 ? config : null, always: restart } : { kind: 'release' };
}

/** Values for settings that a version on the way needs. */
export function givenIn({ toVersion, config = [] }: MakePlanRequest): Readonly<Record<string, string>> {
  if (toVersion === null) return {};
  return Object.fromEntries(config.flatMap((change) => (change.op === 'set' ? [[change.key, change.value]] : [])));
}

/** What only looks for this goal tell. */
export function moreOf(goal: PlannedGoal, instance: string): ProbeMore {
  if (goal.kind === 'restore') return isRestored(goal, instance) ? { restoreRun: goal.run } : {};
  return goal.kind === 'restart' && goal.config !== null ? { config: goal.config } : {};
}

/** Over the reasons why there is no such plan. */
export const headings: Readonly<Record<PlannedGoal['kind'], (cluster: string, to: string) => string>> = {
  release: (cluster, to) => `${cluster} cannot be taken to ${to}`,
  restart: (cluster) => `${cluster} cannot be restarted or configured so`,
  restore: (cluster) => `${cluster} cannot be restored so`,
};
