/** What planning asks beside rules and facts: which tasks of release notes concern this database, and what earlier runs of the cluster say against a plan. */
import type { PathDocument, PathHop } from '../../common/documents/rules.ts';
import type { RunEvent } from '../../common/events.ts';
import { type Affected, affectedOf, affectsCheck, type ClusterView } from '../../common/facts.ts';
import { FailureError } from '../../common/failure.ts';
import { type Plan, type PlanTask, type Step, turnsOf } from '../../common/plan.ts';
import type { Procedure } from '../../common/procedure.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { probeNodes } from '../fleet/pending-probes.ts';
import { readEvents } from '../store/run-appends.ts';
import { newestRow } from '../store/run-lists.ts';
import type { RunSummary, Store } from '../store/store.ts';
import { refused } from './refusals.ts';

/** By task. */
export type AffectedBy = ReadonlyMap<string, Affected>;

/** Asks the member that leads, else the first node that answers: what they hold is the same. */
export async function findAffected(
  fleet: Pick<Fleet, 'probe'>,
  view: ClusterView,
  path: PathDocument,
  { inquires = [], leaderRole }: Pick<Procedure, 'inquires' | 'leaderRole'>,
): Promise<AffectedBy> {
  const tasks = [...new Set(path.hops.flatMap(releaseTasksOf).map(({ task }) => task))].filter((task) => inquires.includes(task));
  const able = view.nodes.filter(
    (node) => node.connected && node.facts !== null && tasks.some((task) => node.checks.includes(affectsCheck(task))),
  );
  const asked = able.find((node) => node.facts?.role === leaderRole) ?? able[0];
  if (tasks.length === 0 || asked === undefined) return new Map();
  const probed = await probeNodes(fleet, [asked.instance], tasks.map(affectsCheck));
  const findings = probed.get(asked.instance)?.findings ?? [];
  return new Map(
    tasks.flatMap((task) => {
      const finding = findings.find(({ check }) => check === affectsCheck(task));
      return finding === undefined ? [] : [[task, affectedOf(finding)] as const];
    }),
  );
}

/** PURE. What a person has to do for a hop besides it; what Drydock does itself is left out. */
export function planTasksOf(hop: PathHop, { does = [] }: Pick<Procedure, 'does'>, affected: AffectedBy): readonly PlanTask[] {
  const asked = releaseTasksOf(hop).filter(({ task }) => !does.includes(task));
  return [...new Set(asked.map(({ task }) => task))].map((task) => ({
    task,
    releases: asked.filter((each) => each.task === task).map(({ release }) => release),
    ...(affected.get(task) ?? { affected: 'unknown', detail: 'unknown, as no agent of this cluster answered; read the release notes' }),
  }));
}

const releaseTasksOf = ({ releaseTasks = [] }: PathHop): NonNullable<PathHop['releaseTasks']> => releaseTasks;

// What this cluster's runs did before: versions that were rolled back, and which history a snapshot is of. A restore of the whole cluster gives up what
// was written after its snapshots.

/**
 * What this cluster was rolled back from once is not offered as if nothing had been. Throws FailureError(refused, `rolled-back-before`).
 * @param sinceMs runs that ended before are known to who made the plan; null: all count
 */
export async function refuseAgain(
  store: Store,
  cluster: string,
  hops: readonly { readonly to: string }[],
  sinceMs: number | null,
): Promise<void> {
  const versions = new Set(hops.map((hop) => hop.to));
  for (const run of await store.listRuns({ ...newestRow, cluster, states: ['rolled-back'], limit: 10_000 })) {
    if (sinceMs !== null && (run.endedAtMs ?? 0) < sinceMs) continue;
    const version = run.goal.release !== undefined && run.direction === 'upgrade' && versions.has(run.to) ? run.to : null;
    if (version === null) continue;
    const sentence = `${cluster} was rolled back from ${version} by ${run.runId} (drydock report ${run.runId} shows why); to try again, plan with --again`;
    throw new FailureError(refused('rolled-back-before', sentence));
  }
}

/**
 * One node alone is restored only to a snapshot of the history that its peers have. Throws FailureError(refused, `other-history`).
 * @param from the run that made the snapshot
 */
export async function refuseOtherHistory(store: Store, cluster: string, instance: string, from: string): Promise<void> {
  const runs = await runsOf(store, cluster);
  const restore = givenUpBy({ run: from, madeAt: await madeAt(store, runs, from) }, await clusterRestores(store, runs));
  if (restore === null) return;
  const sentence = `${instance}: ${restore.run} restored ${cluster} to the snapshots of ${restore.to}, so this snapshot of ${from} belongs to a history that was given up, and the node would silently diverge from its peers; use a snapshot of ${restore.to} or later, or omit --node`;
  throw new FailureError(refused('other-history', sentence));
}

interface Known {
  readonly run: RunSummary;
  readonly plan: Plan;
}

async function runsOf(store: Store, cluster: string): Promise<readonly Known[]> {
  const known: Known[] = [];
  for (const run of await store.listRuns({ ...newestRow, cluster, limit: 10_000 })) {
    const record = await store.plan(run.planId);
    if (record !== null) known.push({ run, plan: record.plan });
  }
  return known;
}

/** One that failed in the middle may have restored its leader all the same. */
async function clusterRestores(store: Store, runs: readonly Known[]): Promise<readonly ClusterRestore[]> {
  const restores: ClusterRestore[] = [];
  for (const { run, plan } of runs) {
    const { restore } = plan.goal;
    if (restore?.scope !== 'cluster') continue;
    const events = (await readEvents(store, run.runId)).map(({ body }) => body);
    const places = await store.orderPlaces(run.runId);
    const harmless = withoutEffect(events);
    const downtimes = stepsWith(plan, (body) => body.kind === 'downtime' && body.parts.includes('restore'));
    const begun = places.find(({ step, attempt }) => downtimes.has(step) && !harmless.has(`${step}/${attempt}`));
    if (begun === undefined) continue;
    const to = restore.run;
    const endedAt = events.some(({ type }) => type === 'run-ended') ? (places.at(-1)?.place ?? null) : null;
    restores.push({ run: run.runId, to, madeAt: await madeAt(store, runs, to), begunAt: begun.place, endedAt });
  }
  return restores;
}

/** A downtime that was refused, or that restored what was there, gave nothing up; one without an end may have. */
function withoutEffect(events: readonly RunEvent[]): ReadonlySet<string> {
  const attempts = events.flatMap((event) =>
    event.type === 'order-ended' && (event.receipt.outcome === 'refused' || event.receipt.reverted)
      ? [`${event.step}/${event.attempt}`]
      : [],
  );
  return new Set(attempts);
}

/** When the run made its last snapshot; null: it is not known here, or made none. */
async function madeAt(store: Store, runs: readonly Known[], runId: string): Promise<number | null> {
  const plan = runs.find(({ run }) => run.runId === runId)?.plan;
  if (plan === undefined) return null;
  const snapshots = stepsWith(plan, ({ kind }) => kind === 'snapshot');
  return (await store.orderPlaces(runId)).findLast(({ step }) => snapshots.has(step))?.place ?? null;
}

function stepsWith(plan: Plan, is: (body: Step['body']) => boolean): ReadonlySet<string> {
  const steps = [...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap((variant) => variant.steps));
  return new Set(steps.filter(({ body }) => is(body)).map(({ id }) => id));
}

/** A run that put the whole cluster back. Moments are places among all orders that were ever written, for clocks may go back. */
export interface ClusterRestore {
  readonly run: string;
  /** The run whose snapshots were restored, and when these were made; null: not known any more. */
  readonly to: string;
  readonly madeAt: number | null;
  readonly begunAt: number;
  /** null: it is not over. */
  readonly endedAt: number | null;
}

/**
 * The restore that gave up the history which this snapshot is of; null: it is of the history that the cluster has.
 * @param snapshot `madeAt` null: not known any more, so that any restore may have given it up
 */
export function givenUpBy(
  snapshot: { readonly run: string; readonly madeAt: number | null },
  restores: readonly ClusterRestore[],
): ClusterRestore | null {
  const { run, madeAt } = snapshot;
  // Of the history that the cluster has: what came before this moment. Each restore leads further back.
  let until = Number.POSITIVE_INFINITY;
  for (const restore of [...restores].sort((a, b) => b.begunAt - a.begunAt)) {
    if (restore.begunAt >= until) continue;
    if (restore.endedAt !== null && madeAt !== null && madeAt > restore.endedAt) return null;
    if (run === restore.to) return null;
    if (restore.madeAt === null || madeAt === null || madeAt > restore.madeAt) return restore;
    until = restore.madeAt;
  }
  return null;
}
