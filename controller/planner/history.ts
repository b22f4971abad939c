/** What earlier runs of a cluster say against a new plan. */
import type { PathDocument } from '../../common/documents.ts';
import type { RunEvent, StoredEvent } from '../../common/events.ts';
import { fail } from '../../common/failure.ts';
import { type Plan, turnsOf } from '../../common/plan.ts';
import { readEvents } from '../store/read-events.ts';
import type { RunRecord, Store } from '../store/store.ts';
import { type ClusterRestore, givenUpBy } from './lineage.ts';
import { runOfSnapshot } from './restored.ts';

/** What this cluster was taken back from once is not offered as if nothing had been. Throws FailureError(refused, `rolled-back-before`). */
export async function refuseAgain(store: Store, cluster: string, path: PathDocument): Promise<void> {
  const versions = new Set(path.hops.map((hop) => hop.to));
  for (const { run, plan } of await runsOf(store, cluster)) {
    if (run.state !== 'rolled-back') continue;
    const version = plan.goal.release !== undefined && plan.direction === 'upgrade' && versions.has(plan.to) ? plan.to : null;
    if (version === null) continue;
    const sentence = `${cluster} was rolled back from ${version} by ${run.runId}: drydock report ${run.runId} says why; if it is meant once more, say --again`;
    throw fail('refused', 'rolled-back-before', sentence);
  }
}

/** A snapshot of one node, named by the run that made it. `madeAtMs`: what its agent says, for one whose run is not known here. */
export interface NodeSnapshot {
  readonly instance: string;
  readonly run: string;
  readonly madeAtMs: number;
}

/** One node alone is put back only to a snapshot of the history that its peers have. Throws FailureError(refused, `other-history`). */
export async function refuseOtherHistory(store: Store, cluster: string, { instance, run, madeAtMs }: NodeSnapshot): Promise<void> {
  const runs = await runsOf(store, cluster);
  const made = { run, madeAtMs: (await madeAt(store, runs, run)) ?? madeAtMs };
  const restore = givenUpBy(made, await clusterRestores(store, runs));
  if (restore === null) return;
  const sentence = `${instance}: ${restore.run} took ${cluster} back to the snapshots of ${restore.to} and gave up the history that this snapshot of ${run} is of: it would part from its peers unseen; take one of ${restore.to} or a later one, or leave --node away`;
  throw fail('refused', 'other-history', sentence);
}

interface Known {
  readonly run: RunRecord;
  readonly plan: Plan;
}

async function runsOf(store: Store, cluster: string): Promise<readonly Known[]> {
  const known: Known[] = [];
  for (const run of await store.runs({ openOnly: false })) {
    if (run.cluster !== cluster) continue;
    const record = await store.plan(run.planId);
    if (record !== null) known.push({ run, plan: record.plan });
  }
  return known;
}

/** One that failed in the middle may have taken its leader back all the same. */
async function clusterRestores(store: Store, runs: readonly Known[]): Promise<readonly ClusterRestore[]> {
  const restores: ClusterRestore[] = [];
  for (const { run, plan } of runs) {
    const { restore } = plan.goal;
    if (restore?.scope !== 'cluster') continue;
    const events = await readEvents(store, run.runId);
    const begunAtMs = whenFirst(events, ({ type }) => type === 'run-started');
    if (begunAtMs === null) continue;
    const to = runOfSnapshot(restore.snapshots[0]?.snapshot ?? '');
    const endedAtMs = whenFirst(events, ({ type }) => type === 'run-ended');
    restores.push({ run: run.runId, to, madeAtMs: await madeAt(store, runs, to), begunAtMs, endedAtMs });
  }
  return restores;
}

/** When the run had made its last snapshot; null: it is not known here, or made none. */
async function madeAt(store: Store, runs: readonly Known[], runId: string): Promise<number | null> {
  const plan = runs.find(({ run }) => run.runId === runId)?.plan;
  if (plan === undefined) return null;
  const steps = new Set([...turnsOf(plan)].flatMap(({ turn }) => turn.variants.flatMap((variant) => variant.steps)).flatMap(ifSnapshot));
  const events = await readEvents(store, runId);
  return whenFirst([...events].reverse(), (event) => event.type === 'order-ended' && event.verdict.ok && steps.has(event.step));
}

const ifSnapshot = ({ id, body }: { readonly id: string; readonly body: { readonly kind: string } }): readonly string[] =>
  body.kind === 'snapshot' ? [id] : [];

const whenFirst = (events: readonly StoredEvent<RunEvent>[], is: (event: RunEvent) => boolean): number | null =>
  events.find(({ body }) => is(body))?.atMs ?? null;
