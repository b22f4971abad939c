/** What people ask of plans. The only file of the planner that does anything: it looks, asks the rules, and stores what the pure parts made. */
import { canonicalJson, sha256Of } from '../../common/canonical-json.ts';
import { type Clock, dayOf } from '../../common/clock.ts';
import type { ClusterView } from '../../common/cluster-view.ts';
import type { PlanDiffDocument } from '../../common/documents/plans.ts';
import type { PathDocument } from '../../common/documents/rules.ts';
import { type Failure, FailureError, fail, failure } from '../../common/failure.ts';
import { type Selector, selects } from '../../common/labels.ts';
import type { Bundle, ConfigChange, SnapshotVerification } from '../../common/orders.ts';
import type { MovedRole, Plan } from '../../common/plan.ts';
import { printable } from '../../common/printable.ts';
import type { Procedure } from '../../common/procedure.ts';
import { stateText } from '../../common/run-state.ts';
import type { Fleet, ProbeMore } from '../fleet/fleet.ts';
import { membershipProblems } from '../fleet/membership.ts';
import { type Probed, probeNodes, snapshotNeedCheck, viewWith } from '../fleet/probing.ts';
import { lookForAffected } from '../planner/affected.ts';
import { hopConfigs, previewQuestions } from '../planner/config-migration.ts';
import { planAgain } from '../planner/goal-text.ts';
import { levelPath } from '../planner/goals.ts';
import { refuseAgain, refuseOtherHistory } from '../planner/history.ts';
import { makePlan, startOf } from '../planner/make-plan.ts';
import { diffPlans } from '../planner/plan-diff.ts';
import type { ExternalCheck, HopConfig, PlannedGoal, PreviewedHop, Previews } from '../planner/plan-input.ts';
import { refused } from '../planner/refusals.ts';
import { isRestored, versionOf } from '../planner/restored.ts';
import { defaultKeepMs, isSnapshot } from '../planner/shapes/snapshot-need.ts';
import { movedRoles } from '../planner/succession.ts';
import { observedTraits, traitsOf, traitValues } from '../planner/traits.ts';
import type { RulePacks } from '../rules/pack.ts';
import { findPath, packFor } from '../rules/path.ts';
import { limitsOf } from '../rules/rules-met.ts';
import type { RunLedger } from '../sequencer/sequencer.ts';
import { newestRow, openStates, startedStates } from '../store/run-lists.ts';
import type { ListQuery, PlanRecord, Store } from '../store/store.ts';
import { listPlans, type PlanPage } from './list-plans.ts';

export interface PlanUseCaseDeps {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  /** Numbers in [0, 1). */
  readonly random: () => number;
  /** A fresh, unguessable name at every call. */
  readonly nonce: () => string;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** Names of each engine's configuration files; its agents change the first one. */
  readonly configFiles: ReadonlyMap<string, readonly string[]>;
  /** The packs active now. */
  packs(): RulePacks;
  readonly runs: RunLedger;
  /** Questions to other systems that plans ask, by the controller's settings. */
  readonly external: readonly ExternalPolicy[];
}

export interface ExternalPolicy {
  readonly check: ExternalCheck;
  /** Over the labels of clusters; empty: all of them. */
  readonly clusters: Selector;
}

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

export interface PlanShown {
  readonly planId: string;
  /** The bytes that were digested. */
  readonly json: string;
  readonly digest: string;
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

export function createPlanOperations(deps: PlanUseCaseDeps): PlanOperations {
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
      return findPath(
        {
          engine: request.engine,
          from: request.from,
          to: request.to,
          via: request.via,
          hosts,
          traits: request.traits,
          today: dayOf(deps.clock),
        },
        deps.packs(),
      );
    },
    async makePlan(request, actor) {
      const plan = await planFor(deps, request);
      if (plan.goal.release !== undefined) await refuseUnfinalized(store, plan.cluster);
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
          `plan ${planId} has digest ${record.digest}, not ${digest}; read it: drydock plan show ${planId}`,
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

async function stateOf(store: Store, { runId }: PlanRecord): Promise<string> {
  return (runId === null ? null : await store.run(runId))?.state ?? 'draft';
}

/** The plan's run, which begins now if there is none yet. */
async function runOf({ store, nonce, runs }: PlanUseCaseDeps, planId: string): Promise<string> {
  const record = await knownPlan(store, planId);
  return record.runId ?? runs.open(record, () => store.nextRunId(runToken(nonce())));
}

/** FailureError(refused, `run-ended`): there is nothing left that an approval could let happen. */
async function refuseEnded(store: Store, record: PlanRecord): Promise<void> {
  const { planId, runId, plan } = record;
  const state = await stateOf(store, record);
  if (openStates.some((open) => open === state)) return;
  throw fail(
    'refused',
    'run-ended',
    `plan ${planId} is not approved: its run ${runId} is ${stateText(state)}, and a plan is run once; plan again: ${planAgain(plan)}`,
  );
}

/** FailureError(not-found, `unknown-plan`). */
export async function knownPlan(store: Store, planId: string): Promise<PlanRecord> {
  const record = await store.plan(planId);
  if (record !== null) return record;
  const run = await store.run(planId);
  const what = run === null ? '; drydock plan list shows all' : `: ${planId} is a run; its plan is ${run.planId}`;
  throw fail('not-found', 'unknown-plan', `there is no plan ${planId}${what}`);
}

async function planFor(deps: PlanUseCaseDeps, request: MakePlanRequest): Promise<Plan> {
  const known = await knownCluster(deps, request.cluster);
  const behind = deps.runs.refusal(request.cluster);
  if (behind !== null) throw new FailureError(behind);
  const pack = packFor(known.engine, deps.packs());
  const procedure = deps.procedures.get(known.engine);
  if (procedure === undefined)
    throw new FailureError(refused('no-procedure', `no procedure for engine ${known.engine} exists yet; its paths can be asked for`));
  const record = await deps.store.cluster(request.cluster);
  const instances = known.nodes.map((node) => node.instance);
  const goal = goalAsked(request);
  if (goal.kind === 'restore' && goal.instance !== null && !instances.includes(goal.instance))
    throw fail(
      'not-found',
      'unknown-instance',
      `${request.cluster} has no node ${goal.instance}; it has ${instances.length === 0 ? 'none' : instances.join(', ')}`,
    );
  const isMeasured = request.snapshot != null || procedure.leaderSnapshot !== undefined;
  const ofGoal = goal.kind === 'restore' ? (procedure.restoreChecks ?? []) : [];
  const checks = [...procedure.preflightChecks, ...(procedure.planChecks ?? []), ...(isMeasured ? [snapshotNeedCheck] : []), ...ofGoal];
  const probed = (of: readonly string[], more: readonly string[]) =>
    probeNodes(deps.fleet, of, [...checks, ...more], procedure.looks.answerMs, (instance) => moreOf(goal, instance));
  // Asked for one check, a look tells no more than that takes: one for none tells all that there is.
  const oneCheck = procedure.preflightChecks.slice(0, 1);
  const probedMore = (more: ProbeMore) => probeNodes(deps.fleet, instances, oneCheck, procedure.looks.answerMs, () => more);
  const seen = viewWith(known, await probed(instances, []));
  const versions = seen.nodes.map((node) => versionOf(goal, node)).filter((version) => version !== null);
  const from = startOf(versions, pack.scheme, request.downgrade);
  if (from === null)
    throw new FailureError(
      refused('node-down', `${seen.cluster}: no node answers with a running database; see drydock cluster show ${seen.cluster}`),
    );
  const hosts = seen.nodes.map((node) => ({ host: node.host, os: orNull(node.os), arch: orNull(node.arch) }));
  const traits = request.toVersion === null ? [] : traitsOf(seen, request.traits ?? {}, observedTraits(procedure, seen), deps.packs());
  const path =
    request.toVersion === null
      ? levelPath(seen.engine, from, { name: pack.name, version: pack.version, digest: pack.digest })
      : findPath(
          {
            engine: seen.engine,
            from,
            to: request.toVersion,
            via: request.via ?? [],
            hosts,
            traits: traitValues(traits),
            today: dayOf(deps.clock),
          },
          deps.packs(),
        );
  if (request.again !== true) await refuseAgain(deps.store, seen.cluster, path.hops, null);
  if (goal.kind === 'restore' && goal.instance !== null) await refuseOtherHistory(deps.store, seen.cluster, goal.instance, goal.run);
  // The path tells whose data are snapshot whether a person asks or not: these are measured, too.
  const unmeasured = isMeasured ? [] : seen.nodes.filter((node) => path.hops.some((hop) => isSnapshot(procedure, hop, node)));
  const view = viewWith(
    seen,
    await probed(
      unmeasured.map(({ instance }) => instance),
      [snapshotNeedCheck],
    ),
  );
  const configAsked = { given: givenIn(request), optional: request.configOptional ?? false };
  const configs = hopConfigs(path.hops, { ...configAsked, file: deps.configFiles.get(view.engine)?.[0] ?? null }, procedure);
  const made = makePlan({
    goal,
    view,
    path,
    ...(goal.kind === 'release' ? { configAsked, migration: await previewed(configs, instances, (more) => probedMore(more)) } : {}),
    traits,
    limits: path.hops.map((hop) => limitsOf(pack, hop)),
    membership: membershipProblems({
      cluster: view.cluster,
      expectedMembers: view.expectedMembers,
      adopted: record?.instances ?? null,
      enrolled: view.nodes,
      seen: procedure.membersSeen(view),
      ...(procedure.notAMember === undefined ? {} : { notAMember: procedure.notAMember }),
      refused: deps.fleet.refused(view.cluster),
    }),
    releases: (await deps.store.releases(view.engine)).map(bundleOf),
    procedure,
    affected: await lookForAffected(deps.fleet, view, path, procedure),
    scheme: pack.scheme,
    external: await checksFor(deps, request.cluster),
    keepsReleases: goal.kind !== 'release' && (await upgradesNow(deps.store, request.cluster)),
    options: {
      canary: request.canary,
      settleMs: request.settleMs,
      soakMs: request.soakMs,
      finalize: request.finalize ?? 'on-command',
      finalizeWithinMs: request.finalizeWithinMs ?? null,
      downgrade: request.downgrade,
      leader: request.primary ?? 'restart',
      approval: request.approval ?? 'plan',
      snapshot: request.snapshot == null ? null : { verify: request.snapshot, keepMs: request.snapshotKeepMs ?? defaultKeepMs },
    },
  });
  if ('problems' in made) throw allOf(made.problems, headings[goal.kind](view.cluster, request.toVersion ?? ''));
  return made.plan;
}

/** Asks the agents what their files would be after each hop, and after each restart that finalizes it. */
async function previewed(
  configs: readonly HopConfig[],
  instances: readonly string[],
  probe: (more: ProbeMore) => Promise<Probed>,
): Promise<readonly PreviewedHop[]> {
  const hops: PreviewedHop[] = [];
  for (const [at, questions] of previewQuestions(configs).entries()) {
    const answers: Previews[] = [];
    for (const question of questions) {
      const probed = question === null ? null : await probe(question);
      const previews = instances.flatMap((instance) => {
        const preview = probed?.get(instance)?.config;
        return preview === undefined ? [] : [[instance, preview] as const];
      });
      answers.push(new Map(previews));
    }
    const [previews = new Map(), ...finalPreviews] = answers;
    hops.push({ ...(configs[at] as HopConfig), previews, ...(finalPreviews.length === 0 ? {} : { finalPreviews }) });
  }
  return hops;
}

/** Values for settings that a version on the way needs. */
function givenIn({ toVersion, config = [] }: MakePlanRequest): Readonly<Record<string, string>> {
  if (toVersion === null) return {};
  return Object.fromEntries(config.flatMap((change) => (change.op === 'set' ? [[change.key, change.value]] : [])));
}

/** A run that is under way or rests there came from other releases. */
async function upgradesNow(store: Store, cluster: string): Promise<boolean> {
  for (const state of startedStates) {
    const [run] = await store.listRuns({ ...newestRow, cluster, states: [state] });
    if (run !== undefined && run.from !== run.to) return true;
  }
  return false;
}

async function checksFor({ store, external }: PlanUseCaseDeps, cluster: string): Promise<readonly ExternalCheck[]> {
  if (external.length === 0) return [];
  const labels = await store.labelsOf(cluster);
  return external.filter(({ clusters }) => selects(clusters, labels)).map(({ check }) => check);
}

/** Who added it when is no part of a plan: added again to another store, it is the same release. */
const bundleOf = ({ engine, version, arch, artifacts, release }: Bundle): Bundle => ({ engine, version, arch, artifacts, release });

/** What only looks for this goal tell. */
function moreOf(goal: PlannedGoal, instance: string): ProbeMore {
  if (goal.kind === 'restore') return isRestored(goal, instance) ? { restoreRun: goal.run } : {};
  return goal.kind === 'restart' && goal.config !== null ? { config: goal.config } : {};
}

const headings: Readonly<Record<PlannedGoal['kind'], (cluster: string, to: string) => string>> = {
  release: (cluster, to) => `${cluster} cannot be taken to ${to}`,
  restart: (cluster) => `${cluster} cannot be restarted or configured so`,
  restore: (cluster) => `${cluster} cannot be restored so`,
};

/** One thing at a time: what a plan undoes must be one thing, too. Throws FailureError(usage, `one-goal`). */
function goalAsked({ toVersion, config = [], restart = false, restoreRun = null, restoreInstance = null }: MakePlanRequest): PlannedGoal {
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

async function knownCluster(deps: PlanUseCaseDeps, cluster: string): Promise<ClusterView> {
  const adopted = (await deps.store.clusters()).map((record) => record.cluster);
  const names = [...new Set([...deps.fleet.announcedClusters(), ...adopted])].sort();
  if (!names.includes(cluster)) {
    throw fail(
      'not-found',
      'unknown-cluster',
      `there is no cluster ${cluster}; known are ${names.length === 0 ? 'none' : names.join(', ')}`,
    );
  }
  return deps.fleet.view(cluster);
}

/** One problem is said as it is; several under one heading, all of them. */
function allOf(problems: readonly Failure[], heading: string): FailureError {
  const [first, ...more] = problems;
  if (first === undefined) throw new TypeError('refused without a problem');
  if (more.length === 0) return new FailureError({ ...first, message: printable(first.message) });
  const list = problems.map((problem) => `\n  - ${printable(problem.message)}`).join('');
  return new FailureError(failure(first.class, first.code, `${heading}, for ${problems.length} reasons:${list}`));
}

async function storePlan(deps: PlanUseCaseDeps, plan: Plan, actor: string): Promise<PlanShown> {
  const json = canonicalJson(plan);
  const digest = sha256Of(json);
  const planId = await freePlanId(deps, digest);
  await deps.store.addPlan({ planId, runId: null, plan, json, digest, madeAtMs: deps.clock.wallMs(), plannedBy: actor });
  return { planId, json, digest };
}

/** 40 bits of an unguessable name: a store that was restored counts as this one did, and still never makes the id of a run that it lost. */
function runToken(nonce: string): string {
  return sha256Of(nonce).slice('sha256:'.length, 'sha256:'.length + 10);
}

/** Without letters and digits that are taken for each other. */
const alphabet = '23456789ABCDEFGHJKLMNPQRSTUVWXYZ';

/**
 * `p-` and five characters, of digest and chance: short enough to type, told apart from other plans of the same content. The next one after an
 * id that is taken, so that a free one is found whatever chance gives.
 */
async function freePlanId(deps: PlanUseCaseDeps, digest: string): Promise<string> {
  const seed = Number.parseInt(digest.slice('sha256:'.length, 'sha256:'.length + 8), 16) + Math.floor(deps.random() * 2 ** 32);
  for (let taken = 0; ; taken++) {
    let rest = (seed + taken) % 2 ** 32;
    let planId = 'p-';
    for (let place = 0; place < 5; place++) {
      planId += alphabet[rest % alphabet.length];
      rest = Math.floor(rest / alphabet.length);
    }
    if ((await deps.store.plan(planId)) === null) return planId;
  }
}

const orNull = (text: string): string | null => (text === '' || text === 'unknown' ? null : text);
