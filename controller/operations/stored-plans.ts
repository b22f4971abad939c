/** Plans as the store keeps them: under names that are short and free, by the bytes that were digested, each with its run. */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import type { Clock } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import type { ConfigChange, SnapshotVerification } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { stateText } from '../../common/run-state.ts';
import type { ProbeMore } from '../fleet/fleet.ts';
import type { PlannedGoal } from '../planner/plan-input.ts';
import { planAgain } from '../planner/plan-text.ts';
import { isRestored } from '../planner/restored.ts';
import type { RunLedger } from '../sequencer/sequencer.ts';
import { openStates } from '../store/run-lists.ts';
import type { PlanRecord, Store } from '../store/store.ts';
import { removedText } from './retention.ts';

export interface StoredPlansDeps {
  readonly store: Store;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** A fresh, unguessable name at every call. */
  readonly nonce: () => string;
  readonly runs: RunLedger;
}

export interface PlanShown {
  readonly planId: string;
  /** The bytes that were digested. */
  readonly json: string;
  readonly digest: string;
}

/** FailureError(not-found): `unknown-plan`, `plan-removed`. */
export async function knownPlan(store: Store, planId: string): Promise<PlanRecord> {
  const record = await store.plan(planId);
  if (record !== null) return record;
  const removed = await store.retention.removed('plan', planId);
  if (removed !== null) throw fail('not-found', 'plan-removed', removedText(planId, removed));
  const run = await store.run(planId);
  const what = run === null ? '; drydock plan list shows all' : `: ${planId} is a run; its plan is ${run.planId}`;
  throw fail('not-found', 'unknown-plan', `plan ${planId} not found${what}`);
}

/** Of its run; `draft` where it has none. */
export async function stateOf(store: Store, { runId }: PlanRecord): Promise<string> {
  return (runId === null ? null : await store.run(runId))?.state ?? 'draft';
}

/** FailureError(refused, `run-ended`): there is nothing left that an approval could let happen. */
export async function refuseEnded(store: Store, record: PlanRecord): Promise<void> {
  const { planId, runId, plan } = record;
  const state = await stateOf(store, record);
  if (openStates.some((open) => open === state)) return;
  throw fail(
    'refused',
    'run-ended',
    `plan ${planId} is not approved: its run ${runId} is ${stateText(state)}, and a plan runs only once; plan again: ${planAgain(plan)}`,
  );
}

/** Gives it an id of its own. */
export async function storePlan(deps: StoredPlansDeps, plan: Plan, actor: string): Promise<PlanShown> {
  const json = canonicalJson(plan);
  const digest = sha256Of(json);
  const planId = await freePlanId(deps, digest);
  await deps.store.addPlan({ planId, runId: null, plan, json, digest, madeAtMs: deps.clock.wallMs(), plannedBy: actor });
  return { planId, json, digest };
}

/** Without letters and digits that are taken for each other. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/**
 * `p-` and five characters, of digest and chance: short enough to type, told apart from other plans of the same content. The next one after an
 * id that is taken, so that a free one is found whatever chance gives.
 */
async function freePlanId(deps: StoredPlansDeps, digest: string): Promise<string> {
  const seed = Number.parseInt(digest.slice('sha256:'.length, 'sha256:'.length + 8), 16) + Math.floor(deps.random() * 2 ** 32);
  for (let taken = 0; ; taken++) {
    let rest = (seed + taken) % 2 ** 32;
    let planId = 'p-';
    for (let place = 0; place < 5; place++) {
      planId += alphabet[rest % alphabet.length];
      rest = Math.floor(rest / alphabet.length);
    }
    const isTaken = (await deps.store.plan(planId)) !== null || (await deps.store.retention.removed('plan', planId)) !== null;
    if (!isTaken) return planId;
  }
}

/** The plan's run, which begins now if there is none yet. */
export async function runOf({ store, nonce, runs }: StoredPlansDeps, planId: string): Promise<string> {
  const record = await knownPlan(store, planId);
  return record.runId ?? runs.open(record, () => store.nextRunId(runToken(nonce())));
}

/** 40 bits of an unguessable name: a store that was restored counts as this one did, and still never makes the id of a run that it lost. */
function runToken(nonce: string): string {
  return sha256Of(nonce).slice('sha256:'.length, 'sha256:'.length + 10);
}

// What a plan is asked for, and the one goal that this is.

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
    throw fail('usage', 'one-goal', 'give exactly one of --to VERSION, --config FILE with or without --restart, --restart, or restore RUN');
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
  release: (cluster, to) => `no plan for ${cluster} to ${to}`,
  restart: (cluster) => `no plan to restart or configure ${cluster}`,
  restore: (cluster) => `no plan to restore ${cluster}`,
};
