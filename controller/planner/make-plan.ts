/**
 * PURE. Facts, path and releases become a plan that leaves nothing to choose but the order within its constraints, or every reason why not.
 * Engine-neutral: order, turns, gates and checks are the procedure's.
 */
import { byHandRisk } from '../../common/config-task.ts';
import type { PathHop } from '../../common/documents/rules.ts';
import type { Failure } from '../../common/failure.ts';
import { type ConfigDiff, type Direction, type Hop, type Phase, type Plan, type PlanNode, planVersion } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { VersionScheme } from '../../common/version-scheme.ts';
import { finalRevisionOf, previewOfAll } from './config-migration.ts';
import { planTasksOf } from './evidence.ts';
import {
  goalOf,
  goalProblems,
  hopsOf,
  isReloadOnly,
  lostBy,
  movingNodes,
  orderOf,
  revisionOf,
  sharedReleaseProblems,
  snapshotOf,
} from './goals.ts';
import { repeatedSteps, wordGaps } from './plan-gaps.ts';
import type { CheckPlace, HopInput, PlanInput, PlannedNode } from './plan-input.ts';
import { idleChanges } from './plan-text.ts';
import {
  bundleFor,
  clusterProblems,
  finalizeProblems,
  optionProblems,
  pathProblems,
  plannedNodes,
  releaseProblems,
  versionProblems,
} from './problems.ts';
import { refused } from './refusals.ts';
import { firstToRestore, restoredIn } from './restored.ts';
import { finalizeOf, isCommanded, pendingRisks, restMsOf } from './shapes/cluster-steps.ts';
import { restoreRoomProblems, rollbackConsent, snapshotOfHop, snapshotProblems } from './shapes/hop-snapshots.ts';
import { phasesOf, withExternal } from './shapes/phases.ts';
import { broughtRisks } from './shapes/rolling.ts';
import { successionOf, successionProblems, successorOf, turnedRound } from './succession.ts';

export type PlanOrProblems = { readonly plan: Plan } | { readonly problems: readonly Failure[] };

const defaultSettleMs = 60_000;

/** Which version a plan starts from: the lowest that runs when going up, the highest when going down; null: nothing runs. */
export function startOf(versions: readonly string[], scheme: VersionScheme, downgrade: boolean): string | null {
  const sorted = [...versions].sort((a, b) => scheme.compare(a, b));
  return (downgrade ? sorted.at(-1) : sorted[0]) ?? null;
}

export function makePlan(input: PlanInput): PlanOrProblems {
  const { path, view, scheme } = input;
  const { nodes, problems: unplanned } = plannedNodes(input);
  const versions = versionProblems(input, nodes);
  const moving = movingNodes(input, nodes);
  const problems = [
    ...unplanned,
    ...versions,
    ...(path.from === path.to ? [] : pathProblems(path, input.procedure)),
    ...goalProblems(input, nodes),
    ...clusterProblems(input, nodes),
    ...optionProblems(input, moving.length),
    ...finalizeProblems(input),
    ...snapshotProblems(input, nodes),
    ...restoreRoomProblems(input, nodes),
    ...successionProblems(input, moving),
    ...sharedReleaseProblems(input, moving),
    ...(path.admissible && versions.length === 0 ? releaseProblems(input, moving) : []),
  ];
  if (problems.length > 0) return { problems };
  const direction: Direction = orderOf(input, scheme.compare(path.to, path.from) < 0 ? 'downgrade' : 'upgrade');
  const order = printedOrder(input, moving, direction);
  if (order === null) {
    const waiting = moving.map((node) => node.view.instance).join(', ');
    return { problems: [refused('no-node-can-stop', `${view.cluster}: none of ${waiting} can be stopped now`)] };
  }
  const drafted: Drafted = { input, nodes, order, direction };
  const plan = planOf(drafted);
  const gaps = [...repeatedSteps(plan), ...wordGaps(plan, view.nodes)];
  if (gaps.length > 0) return { problems: gaps };
  const otherWay = otherWayOf(drafted);
  return { plan: { ...plan, ...(otherWay === null ? {} : { otherWay }) } };
}

/** What a plan is laid out from once nothing speaks against it. */
interface Drafted {
  readonly input: PlanInput;
  readonly nodes: readonly PlannedNode[];
  readonly order: readonly PlannedNode[];
  readonly direction: Direction;
}

/** null: the leader could not be taken down otherwise, or is not taken down. */
function otherWayOf({ input, ...rest }: Drafted): NonNullable<Plan['otherWay']> | null {
  const turned = turnedRound(input, rest.order);
  if (turned === null) return null;
  const { writesPauseMs } = planOf({ input: turned, ...rest });
  return { primary: turned.options.leader, writesPauseMs };
}

/** The expected order of turns: the procedure is asked again after each choice, as it will be while the plan runs. */
function printedOrder(input: PlanInput, moving: readonly PlannedNode[], direction: Direction): readonly PlannedNode[] | null {
  const order: PlannedNode[] = [];
  let remaining = moving;
  while (remaining.length > 0) {
    const [next] = input.procedure.eligible(
      remaining.map((node) => node.view.instance),
      input.view,
      direction,
    );
    const chosen = remaining.find((node) => node.view.instance === next) ?? firstToRestore(input, remaining);
    if (chosen === null) return null;
    order.push(chosen);
    remaining = remaining.filter((node) => node !== chosen);
  }
  return order;
}

function planOf({ input, nodes, order, direction }: Drafted): Plan {
  const { path, view, options } = input;
  const leastSettleMs = Math.max(0, ...input.limits.map((limit) => limit.minSettleSeconds)) * 1000;
  const settleMs = options.settleMs ?? Math.max(defaultSettleMs, leastSettleMs);
  // Whole waves have no canary.
  const canaryCount = hopsOf(input).every(isNodeByNode) ? Math.min(options.canary ?? 1, order.length) : 0;
  const hops = hopsOf(input).map((hop, index) => hopOf({ input, hop, index, nodes, order, direction, settleMs, canaryCount }));
  const disruptive = hops
    .flatMap((hop) => hop.phases.flatMap((phase) => phase.waves.flatMap((wave) => wave.turns)))
    .filter((turn) => turn.disruptive);
  const warnings = input.procedure
    .assess(view, restoredIn(input))
    .filter((problem) => problem.severity === 'warn')
    .map((problem) => `${problem.subject}: ${problem.detail}`);
  const unvouched = order.flatMap(({ view: { instance, facts } }) =>
    (facts?.config?.warnings ?? []).map((warning) => `${instance}: ${warning}`),
  );
  return {
    apiVersion: 'drydock/v1',
    v: planVersion,
    cluster: view.cluster,
    engine: view.engine,
    databaseId: view.databaseId ?? '',
    goal: goalOf(input, order),
    from: path.from,
    to: path.to,
    direction,
    pack: path.pack,
    nodes: nodes.map((node) => ({
      instance: node.view.instance,
      host: node.view.host,
      memberId: node.memberId,
      dataDir: node.view.dataDir,
      role: node.role,
      version: node.version,
      release: node.release,
      arch: node.view.arch,
      profileDigest: node.view.profileDigest,
      ...(node.view.profile === undefined ? {} : { profile: node.view.profile }),
      ...componentOf(input, node),
      ...sharing(node),
    })),
    ...(input.traits === undefined || input.traits.length === 0 ? {} : { traits: input.traits }),
    ...(options.approval === 'hop' && hops.length > 1 ? { approval: options.approval } : {}),
    canaryCount,
    settleMs,
    hops,
    expectedMs: hops.reduce((total, hop) => total + expectedOf(hop.phases), 0),
    writesPauseMs:
      wavesDownMs(hops, input.procedure) +
      disruptive
        .filter((turn) => turn.expectedRole === input.procedure.leaderRole)
        .reduce((total, turn) => total + (turn.variants.find((variant) => variant.role === turn.expectedRole)?.downtimeMs ?? 0), 0),
    risks: [...new Set([...hops.flatMap((hop) => hop.risks), ...warnings, ...unvouched, ...idleChanges(input.goal, view.nodes)])],
    irreversible: hops.filter((hop) => hop.finalize.policy !== 'none').map((hop) => finalText(view.engine, hop)),
    ...extrasOf(input, order),
  };
}

function sharing({ view }: PlannedNode): Pick<PlanNode, 'releaseSharedWith'> {
  const shared = view.facts?.release.sharedWith;
  return shared === undefined ? {} : { releaseSharedWith: shared };
}

/** Left out where the engine has one kind of nodes. */
function componentOf({ procedure }: PlanInput, { view }: PlannedNode): Pick<PlanNode, 'component' | 'group' | 'critical'> {
  const seen = procedure.component?.(view);
  if (seen === undefined) return {};
  const { component, group, critical } = seen;
  return { component, group, ...(critical ? {} : { critical: false }) };
}

/** What only some plans have; left out elsewhere, so that a plan's digest covers nothing that does not concern it. */
function extrasOf(
  input: PlanInput,
  order: readonly PlannedNode[],
): Pick<Plan, 'succession' | 'configDiffs' | 'configGiven' | 'configOptional' | 'snapshot' | 'lost'> {
  const succession = successionOf(input, order);
  const lost = lostBy(input, order);
  const configDiffs = order.flatMap(({ view }): readonly ConfigDiff[] => {
    const preview = input.goal.kind === 'release' ? previewOfAll(input, view.instance) : view.facts?.config;
    return preview === undefined || preview === null
      ? []
      : [{ instance: view.instance, file: preview.file, lines: preview.lines, restartKeys: preview.restartKeys }];
  });
  const [snapshot] = hopsOf(input).flatMap((hop, index) => snapshotOfHop(input, hop, index) ?? []);
  return {
    ...(succession === null ? {} : { succession }),
    ...(configDiffs.length === 0 ? {} : { configDiffs }),
    ...(Object.keys(input.configAsked?.given ?? {}).length === 0 ? {} : { configGiven: input.configAsked?.given ?? {} }),
    ...(input.configAsked?.optional === true ? { configOptional: true } : {}),
    ...(snapshot === undefined ? {} : { snapshot: { verify: snapshot.verify, keepMs: snapshot.keepMs } }),
    ...(lost.length === 0 ? {} : { lost }),
  };
}

/** A hop that stays where it is goes node by node as well. */
const isNodeByNode = ({ kind, from, to }: PathHop): boolean => kind === 'rolling' || from === to;

/** How long nothing is written where whole waves are down: from the first stop, or the preparation for it, to the last start. */
function wavesDownMs(hops: readonly Hop[], { allStop }: Procedure): number {
  return hops.reduce((total, { phases, kind }) => {
    const [stop, last] = [phases.findIndex(({ name }) => name === 'stop'), phases.findLastIndex(({ name }) => name === 'start')];
    const prepare = phases.findIndex(({ name }) => name === 'prepare');
    const first = kind === 'all-stop' && allStop?.preparationStopsWrites === true && prepare !== -1 ? prepare : stop;
    return stop === -1 ? total : total + expectedOf(phases.slice(first, last + 1));
  }, 0);
}

const expectedOf = (phases: readonly Phase[]): number => phases.reduce((total, phase) => total + phase.expectedMs, 0);

interface HopQuestion {
  readonly input: PlanInput;
  readonly hop: PathHop;
  readonly index: number;
  readonly nodes: readonly PlannedNode[];
  readonly order: readonly PlannedNode[];
  readonly direction: Direction;
  readonly settleMs: number;
  readonly canaryCount: number;
}

function finalText(engine: string, { from, to, finalize }: Hop): string {
  if (finalize.auto === true)
    return `not after ${to} is finalized, which this run does without asking again, as the approval of this plan is the consent: ${from} can no longer run on this data from then on`;
  if (finalize.policy !== 'automatic') return `not after ${to} is finalized: ${from} can no longer run on this data from then on`;
  return `not by this run once every node runs ${to}: ${engine} finalizes it automatically, and ${from} needs its own plan, --downgrade`;
}

/** Those that the database was not asked about. */
function personsTasks({ tasks, releaseTasks = [] }: PathHop, { does = [] }: Procedure): readonly string[] {
  return tasks
    .filter((task) => !does.includes(task) && !releaseTasks.some((asked) => asked.task === task))
    .map((task) => `manual task: ${task}`);
}

/** Files that no agent changes. */
function filesByHand({ migration = [] }: PlanInput, index: number): readonly string[] {
  const tasks = migration[index]?.byHand ?? [];
  return tasks.map(byHandRisk);
}

/** Before the first hop, and at the end of those that are watched. */
function externalOf({ external }: PlanInput, index: number, isWatched: boolean): HopInput['external'] {
  const applies = (at: CheckPlace) => (at === 'before-run' ? index === 0 : isWatched);
  return external.map((check) => ({ ...check, at: check.at.filter(applies) }));
}

function hopOf(question: HopQuestion): Hop {
  const { input, hop, index, nodes, order, direction } = question;
  const isLast = index === hopsOf(input).length - 1;
  const releaseAt = (version: string, node: PlannedNode): string => bundleFor(input, version, node.view.arch)?.release ?? node.release;
  const hopInput: HopInput = {
    id: `h${index + 1}`,
    hop,
    direction,
    procedure: input.procedure,
    view: input.view,
    order,
    // Nodes that were at the target before have no turn; the last hop still proves them.
    all: isLast ? nodes : order,
    canaryCount: question.canaryCount,
    settleMs: question.settleMs,
    soakMs: isLast || isCommanded(hop) ? (input.options.soakMs ?? 0) : 0,
    finalize: input.options.finalize,
    restMs: restMsOf(input, index),
    successor: successorOf(input, order),
    reloadOnly: isReloadOnly(input),
    keepsReleases: input.keepsReleases,
    external: externalOf(input, index, isLast || isCommanded(hop)),
    snapshot: snapshotOfHop(input, hop, index),
    restore: (node) => (order.includes(node) ? (snapshotOf(input, node)?.id ?? null) : null),
    config: (node) => (order.includes(node) ? revisionOf(input, node, index) : null),
    finalConfig: (node, restart) => finalRevisionOf(input, node, { at: index, restart, isThere: !order.includes(node) }),
    fromRelease: (node) => (index === 0 ? node.release : releaseAt(hop.from, node)),
    toRelease: (node) => (order.includes(node) && input.goal.kind === 'release' ? releaseAt(hop.to, node) : node.release),
    bundle: (node) => (input.goal.kind === 'release' ? bundleFor(input, hop.to, node.view.arch) : null),
  };
  const consent = rollbackConsent(hopInput);
  const config = input.migration?.[index]?.tasks ?? [];
  const tasks = planTasksOf(hop, input.procedure, input.affected);
  const bundles = order.map((node) => hopInput.bundle(node)).filter((bundle) => bundle !== null);
  return {
    id: hopInput.id,
    from: hop.from,
    to: hop.to,
    kind: hop.kind,
    direction,
    finalize: finalizeOf(hop, hopInput),
    rollback: hop.rollback,
    maxDown: hop.kind !== 'rolling' ? nodes.length : (input.limits[index]?.maxDown ?? 1),
    risks: [
      ...hop.risks,
      ...broughtRisks(hopInput),
      ...pendingRisks(hopInput),
      ...personsTasks(hop, input.procedure),
      ...filesByHand(input, index),
    ],
    ...(config.length === 0 ? {} : { config }),
    ...(tasks.length === 0 ? {} : { tasks }),
    source: hop.source,
    bundles: bundles.filter((bundle, at) => bundles.findIndex((other) => other.release === bundle.release) === at),
    phases: withExternal(hopInput, phasesOf(hopInput)),
    ...(consent === null ? {} : { rollbackConsent: consent }),
  };
}
