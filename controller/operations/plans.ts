/** What people ask of plans. */
import { dayOf } from '../../common/clock.ts';
import type { PlanDiffDocument } from '../../common/documents/plans.ts';
import type { PathDocument } from '../../common/documents/rules.ts';
import { fail } from '../../common/failure.ts';
import { type MovedRole, type Step, turnsOf } from '../../common/plan.ts';
import { diffPlans } from '../planner/plan-text.ts';
import { movedRoles } from '../planner/succession.ts';
import { withUncarried } from '../planner/uncarried.ts';
import { findPath } from '../rules/path.ts';
import { newestRow } from '../store/run-lists.ts';
import type { ListQuery, Store } from '../store/store.ts';
import { orNull, type PlanningDeps, planFor } from './planning.ts';
import { listPlans, type PlanPage } from './run-lists.ts';
import {
  knownPlan,
  type MakePlanRequest,
  type PlanShown,
  refuseEnded,
  runOf,
  type StoredPlansDeps,
  stateOf,
  storePlan,
} from './stored-plans.ts';

export interface FindPathRequest {
  readonly engine: string;
  readonly from: string;
  readonly to: string;
  /** Empty: unknown. */
  readonly os: string;
  readonly arch: string;
  readonly traits: Readonly<Record<string, string>>;
  readonly via: readonly string[];
}

export interface PlanOperations {
  findPath(request: FindPathRequest): PathDocument;
  makePlan(request: MakePlanRequest, actor: string): Promise<PlanShown>;
  /** A page of all plans, newest first. */
  listPlans(query: ListQuery): Promise<PlanPage>;
  /** `moved`: roles that are others now, as long as it was not carried out. */
  getPlan(
    planId: string,
  ): Promise<PlanShown & { readonly runId: string | null; readonly state: string; readonly moved: readonly MovedRole[] }>;
  diffPlans(planA: string, planB: string): Promise<PlanDiffDocument>;
  /** FailureError(refused, `digest-mismatch`) when the plan is not the one that the approver saw. */
  approvePlan(planId: string, digest: string, actor: string): Promise<{ readonly runId: string; readonly digest: string }>;
  /** A draft goes; an approved plan ends as aborted. FailureError(refused): `run-active`, `run-ended`. */
  discardPlan(planId: string, actor: string, reason: string): Promise<void>;
}

export function createPlanOperations(deps: PlanningDeps & StoredPlansDeps): PlanOperations {
  const { store } = deps;
  let opening: Promise<unknown> = Promise.resolve();
  // One after the other, so that two who approve one draft find one run.
  const opened = (planId: string): Promise<string> => {
    const run = opening.then(() => runOf(deps, planId));
    opening = run.catch(() => undefined);
    return run;
  };
  return {
    findPath(request) {
      const hosts = [{ host: null, os: orNull(request.os), arch: orNull(request.arch) }];
      const { engine, from, to, via, traits } = request;
      const path = findPath({ engine, from, to, via, hosts, traits, today: dayOf(deps.clock) }, deps.packs());
      return withUncarried(path, deps.procedures);
    },
    async makePlan(request, actor) {
      const plan = await planFor(deps, request);
      if (plan.goal.release !== undefined) await refuseUnfinalized(store, plan.cluster);
      if (plan.goal.config !== undefined) await refusePinnedConfig(store, plan.cluster);
      return storePlan(deps, plan, actor);
    },
    listPlans: (query) => listPlans(store, query),
    async getPlan(planId) {
      const record = await knownPlan(store, planId);
      const state = await stateOf(store, record);
      const isToCome = state === 'draft' || state === 'approved';
      const moved = isToCome ? movedRoles(record.plan, await deps.fleet.view(record.plan.cluster)) : [];
      return { planId, runId: record.runId, json: record.json, digest: record.digest, state, moved };
    },
    async diffPlans(planA, planB) {
      return diffPlans(await knownPlan(store, planA), await knownPlan(store, planB));
    },
    async approvePlan(planId, digest, actor) {
      const record = await knownPlan(store, planId);
      if (digest !== record.digest) {
        throw fail(
          'refused',
          'digest-mismatch',
          `plan ${planId} has digest ${record.digest}, not ${digest}; review it: drydock plan show ${planId}`,
        );
      }
      await refuseEnded(store, record);
      const runId = await opened(planId);
      await deps.runs.approve(runId, digest, actor);
      return { runId, digest };
    },
    async discardPlan(planId, actor, reason) {
      const { runId } = await knownPlan(store, planId);
      if (runId === null) await store.discardPlan(planId, deps.clock.wallMs(), actor, reason);
      else await deps.runs.discard(runId, actor, reason);
    },
  };
}

/** FailureError(refused, `unfinalized-run`): no hop starts before the one before it is finalized (P10). */
async function refuseUnfinalized(store: Store, cluster: string): Promise<void> {
  const [resting] = await store.listRuns({ ...newestRow, cluster, states: ['unfinalized'] });
  if (resting === undefined) return;
  const { runId, to } = resting;
  const sentence = `${cluster} rests unfinalized at ${to} in run ${runId}: drydock finalize ${runId}, or drydock rollback ${runId}, then plan again`;
  throw fail('refused', 'unfinalized-run', sentence);
}

/** FailureError(refused, `config-pinned`): finalization and rollback of the run that rests put files into place that were agreed to with its plan. */
async function refusePinnedConfig(store: Store, cluster: string): Promise<void> {
  const [resting] = await store.listRuns({ ...newestRow, cluster, states: ['unfinalized'] });
  const record = resting === undefined ? null : await store.plan(resting.planId);
  if (resting === undefined || record === null) return;
  const pins = [...turnsOf(record.plan)].some(
    ({ phase, turn }) => phase.name === 'finalize' && turn.variants.some(({ steps }) => steps.some(changesConfig)),
  );
  if (!pins) return;
  const { runId, to } = resting;
  const sentence = `${cluster} rests unfinalized at ${to} in run ${runId}, whose finalization changes the same file: drydock finalize ${runId}, or drydock rollback ${runId}, then plan the change again`;
  throw fail('refused', 'config-pinned', sentence);
}

const changesConfig = ({ body }: Step): boolean => body.kind === 'downtime' && body.config !== undefined;
