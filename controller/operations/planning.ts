/** A plan out of what is asked for: looks at the nodes, asks the rules, and gives all of it to the planner. */
import { type Clock, dayOf } from '../../common/clock.ts';
import type { ClusterView } from '../../common/facts.ts';
import { type Failure, FailureError, fail, failure } from '../../common/failure.ts';
import { type Selector, selects } from '../../common/labels.ts';
import type { Bundle } from '../../common/orders.ts';
import type { Plan } from '../../common/plan.ts';
import { printable } from '../../common/printable.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet, ProbeMore } from '../fleet/fleet.ts';
import { membershipProblems } from '../fleet/membership.ts';
import { type Probed, probeNodes, snapshotNeedCheck, viewWith } from '../fleet/pending-probes.ts';
import { hopConfigs, previewQuestions } from '../planner/config-migration.ts';
import { findAffected, refuseAgain, refuseOtherHistory } from '../planner/evidence.ts';
import { levelPath } from '../planner/goals.ts';
import { makePlan, startOf } from '../planner/make-plan.ts';
import { observedTraits, traitsOf, traitValues } from '../planner/path-drift.ts';
import type { ExternalCheck, HopConfig, PreviewedHop, Previews } from '../planner/plan-input.ts';
import { refused } from '../planner/refusals.ts';
import { versionOf } from '../planner/restored.ts';
import { defaultKeepMs, isSnapshot } from '../planner/shapes/hop-snapshots.ts';
import type { RulePacks } from '../rules/pack.ts';
import { findPath, packFor } from '../rules/path.ts';
import { limitsOf } from '../rules/rules-met.ts';
import type { RunLedger } from '../sequencer/sequencer.ts';
import { newestRow, startedStates } from '../store/run-lists.ts';
import type { Store } from '../store/store.ts';
import { givenIn, goalAsked, headings, type MakePlanRequest, moreOf } from './stored-plans.ts';

export interface ExternalPolicy {
  readonly check: ExternalCheck;
  /** Over the labels of clusters; empty: all of them. */
  readonly clusters: Selector;
}

export interface PlanningDeps {
  readonly store: Store;
  readonly fleet: Fleet;
  readonly clock: Clock;
  readonly procedures: ReadonlyMap<string, Procedure>;
  /** Names of each engine's configuration files; its agents change the first one. */
  readonly configFiles: ReadonlyMap<string, readonly string[]>;
  /** The packs active now. */
  packs(): RulePacks;
  readonly runs: Pick<RunLedger, 'refusal'>;
  /** Questions to other systems that plans ask, by the controller's settings. */
  readonly external: readonly ExternalPolicy[];
}

/** Throws FailureError with every reason why there is no such plan; nothing is stored. */
export async function planFor(deps: PlanningDeps, request: MakePlanRequest): Promise<Plan> {
  const known = await knownCluster(deps, request.cluster);
  const behind = deps.runs.refusal(request.cluster);
  if (behind !== null) throw new FailureError(behind);
  const pack = packFor(known.engine, deps.packs());
  const procedure = deps.procedures.get(known.engine);
  if (procedure === undefined)
    throw new FailureError(
      refused('no-procedure', `engine ${known.engine} has no procedure yet, so it cannot be planned; drydock path works`),
    );
  const record = await deps.store.cluster(request.cluster);
  const instances = known.nodes.map((node) => node.instance);
  const goal = goalAsked(request);
  if (goal.kind === 'restore' && goal.instance !== null && !instances.includes(goal.instance))
    throw fail(
      'not-found',
      'unknown-instance',
      `${request.cluster} has no node ${goal.instance}; its nodes are: ${instances.length === 0 ? 'none' : instances.join(', ')}`,
    );
  const isMeasured = request.snapshot != null || procedure.leaderSnapshot !== undefined;
  const ofGoal = goal.kind === 'restore' ? (procedure.restoreChecks ?? []) : [];
  const checks = [...procedure.preflightChecks, ...(procedure.planChecks ?? []), ...(isMeasured ? [snapshotNeedCheck] : []), ...ofGoal];
  const probed = (of: readonly string[], more: readonly string[]) =>
    probeNodes(deps.fleet, of, [...checks, ...more], procedure.probes.answerMs, (instance) => moreOf(goal, instance));
  // Asked for one check, a probe tells no more than that takes: one for none tells all that there is.
  const oneCheck = procedure.preflightChecks.slice(0, 1);
  const probedMore = (more: ProbeMore) => probeNodes(deps.fleet, instances, oneCheck, procedure.probes.answerMs, () => more);
  const seen = viewWith(known, await probed(instances, []));
  const versions = seen.nodes.map((node) => versionOf(goal, node)).filter((version) => version !== null);
  const from = startOf(versions, pack.scheme, request.downgrade);
  if (from === null)
    throw new FailureError(
      refused('node-down', `${seen.cluster}: no node reports a running database; check drydock cluster show ${seen.cluster}`),
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
    affected: await findAffected(deps.fleet, view, path, procedure),
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

/** A run that is under way or rests there came from other releases. */
async function upgradesNow(store: Store, cluster: string): Promise<boolean> {
  for (const state of startedStates) {
    const [run] = await store.listRuns({ ...newestRow, cluster, states: [state] });
    if (run !== undefined && run.from !== run.to) return true;
  }
  return false;
}

async function checksFor({ store, external }: PlanningDeps, cluster: string): Promise<readonly ExternalCheck[]> {
  if (external.length === 0) return [];
  const labels = await store.labelsOf(cluster);
  return external.filter(({ clusters }) => selects(clusters, labels)).map(({ check }) => check);
}

/** Who added it when is no part of a plan: added again to another store, it is the same release. */
const bundleOf = ({ engine, version, arch, artifacts, release }: Bundle): Bundle => ({ engine, version, arch, artifacts, release });

async function knownCluster(deps: PlanningDeps, cluster: string): Promise<ClusterView> {
  const adopted = (await deps.store.clusters()).map((record) => record.cluster);
  const names = [...new Set([...deps.fleet.announcedClusters(), ...adopted])].sort();
  if (!names.includes(cluster)) {
    throw fail(
      'not-found',
      'unknown-cluster',
      `cluster ${cluster} not found; known clusters: ${names.length === 0 ? 'none' : names.join(', ')}`,
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

/** What a host does not tell, or does not know, is unknown. */
export const orNull = (text: string): string | null => (text === '' || text === 'unknown' ? null : text);
