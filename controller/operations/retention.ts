/**
 * Removes what has been over for long: receipts and admissions of ended runs, then the runs with their plans, and drafts that were never approved. In
 * small pieces beside the work; audit chains are not touched.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { EndedRun, RemovedRun, RunPlace } from '../store/retention-store.ts';
import type { Store } from '../store/store.ts';

/** Infinity: for ever. Receipts go with their runs, if not before. */
export interface Kept {
  readonly receiptsMs: number;
  readonly runsMs: number;
}

interface Question {
  readonly nowMs: number;
  readonly kept: Kept;
  /** A snapshot that this run made lies on some host, as far as is known. */
  readonly hasSnapshot: boolean;
}

/** On a host that was off when it expired, a snapshot is removed when its agent is back. */
const snapshotGraceMs = 86_400_000;

/**
 * PURE. What becomes of an ended run. Of a cluster that has a snapshot, nothing from the run that made it on goes (`pinned`): whether it may still be
 * restored is read from what came after.
 */
export function fateOf(run: EndedRun, { nowMs, kept, hasSnapshot }: Question): 'stays' | 'pinned' | 'drop-receipts' | 'remove' {
  const age = nowMs - run.endedAtMs;
  if (hasSnapshot || (run.keepSnapshotsMs !== null && age < run.keepSnapshotsMs + snapshotGraceMs)) return 'pinned';
  if (run.isNewest) return 'stays';
  if (age >= kept.runsMs) return 'remove';
  return age >= kept.receiptsMs && run.hasReceipts ? 'drop-receipts' : 'stays';
}

export interface Retention {
  /** Goes on with what there is to remove, for some milliseconds; called often. Never rejects. */
  tick(): Promise<void>;
}

interface RetentionParts {
  readonly store: Pick<Store, 'retention' | 'discardPlan' | 'trouble'>;
  readonly fleet: Pick<Fleet, 'nodes'>;
  readonly clock: Clock;
  readonly log: Log;
  readonly kept: Kept;
}

const everyMs = 3_600_000;
/** The time of one tick that it may take, others having their turn after each piece. */
const tickMs = 50;
const runsAtOnce = 10;
const ordersAtOnce = 50;

interface Sweep {
  after: RunPlace | null;
  readonly pinned: Set<string>;
  readonly removed: { runs: number; receipts: number; drafts: number };
}

export function createRetention({ store, fleet, clock, log, kept }: RetentionParts): Retention {
  let nextAtMs = clock.monotonicMs() + 60_000;
  let sweep: Sweep | null = null;

  const hasSnapshot = ({ cluster, runId }: EndedRun): boolean =>
    fleet.nodes(cluster).some(({ facts }) => (facts?.snapshots ?? []).some(({ run }) => run === runId));

  const dropReceipts = async (runId: string): Promise<void> => {
    while (!(await store.retention.dropReceipts(runId, ordersAtOnce))) await setImmediate();
  };

  const treat = async (run: EndedRun, { pinned, removed }: Sweep): Promise<void> => {
    const nowMs = Math.round(clock.wallMs());
    const fate = pinned.has(run.cluster) ? 'pinned' : fateOf(run, { nowMs, kept, hasSnapshot: hasSnapshot(run) });
    if (fate === 'pinned') pinned.add(run.cluster);
    if (fate !== 'drop-receipts' && fate !== 'remove') return;
    await dropReceipts(run.runId);
    if (fate === 'drop-receipts') removed.receipts += 1;
    if (fate !== 'remove') return;
    await store.retention.removeRun(run.runId, nowMs);
    removed.runs += 1;
  };

  /** False: there was nothing left to look at. */
  const piece = async (of: Sweep): Promise<boolean> => {
    const nowMs = Math.round(clock.wallMs());
    const drafts = await store.retention.drafts(nowMs - kept.runsMs, runsAtOnce);
    for (const planId of drafts)
      await store.discardPlan(planId, nowMs, 'drydock', 'it was never approved and is older than retention.runs');
    of.removed.drafts += drafts.length;
    const runs = await store.retention.ended(nowMs - Math.min(kept.receiptsMs, kept.runsMs), of.after, runsAtOnce);
    for (const run of runs) {
      await treat(run, of);
      of.after = run.place;
      await setImmediate();
    }
    return drafts.length + runs.length > 0;
  };

  const said = ({ removed: { runs, receipts, drafts } }: Sweep): void => {
    if (runs + receipts + drafts > 0) log.info({ runs, receipts, drafts }, 'removed expired runs, receipts and drafts by retention');
  };

  return {
    async tick() {
      if (store.trouble() !== null || (sweep === null && clock.monotonicMs() < nextAtMs)) return;
      sweep ??= { after: null, pinned: new Set(), removed: { runs: 0, receipts: 0, drafts: 0 } };
      const untilMs = clock.monotonicMs() + tickMs;
      try {
        while (clock.monotonicMs() < untilMs) {
          if (await piece(sweep)) continue;
          said(sweep);
          sweep = null;
          nextAtMs = clock.monotonicMs() + everyMs;
          return;
        }
      } catch (thrown) {
        log.warn({ reason: toFailure(thrown).message }, 'retention could not remove expired runs, receipts and drafts');
        sweep = null;
        nextAtMs = clock.monotonicMs() + everyMs;
      }
    },
  };
}

/** What is said in place of a run or plan that was removed. */
export function removedText(asked: string, { runId, removedAtMs }: RemovedRun): string {
  const day = new Date(removedAtMs).toISOString().slice(0, 10);
  const what = asked === runId ? `run ${runId} was removed` : `plan ${asked} was removed with its run ${runId}`;
  return `${what} on ${day} by retention; its audit trail stays: drydock audit ${runId}`;
}
