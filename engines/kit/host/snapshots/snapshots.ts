/**
 * Snapshots by strategy. A strategy is a small object that says where the bytes come from: trees that are copied while nothing runs
 * (`copied-trees.ts`), hard links that the server itself makes (`linked-by-server.ts`), one file that it streams (`streamed-file.ts`), or what an engine does
 * itself; a snapshot of a volume is another object of this form, which copies from where the volume's snapshot is mounted. What a need of several trees
 * comes to, what is looked at before a comparison and what its failure means is the same for all. Reservation, margin, retention and the digests of every
 * file are the agent's.
 */
import type { DriverContext, DriverSnapshots, MeasureCopy, SnapshotFolder, SnapshotMade } from '../../../../common/driver.ts';
import type { SnapshotNeed } from '../../../../common/facts.ts';
import { FailureError, toFailure } from '../../../../common/failure.ts';
import type { Answer } from '../../pure/checks.ts';
import { refused } from '../failures.ts';

/** What is given to a probe of what was taken. */
export interface Taken {
  readonly context: DriverContext;
  readonly folder: SnapshotFolder;
  readonly made: SnapshotMade;
}

export interface SnapshotStrategy {
  /** Of one snapshot, with what grows while it is made; margin not included. */
  need(context: DriverContext, measure: MeasureCopy): Promise<SnapshotNeed>;
  /** Leaves nothing open in the database, whatever happens. */
  take(context: DriverContext, folder: SnapshotFolder): Promise<SnapshotMade>;
  /** Whether what was taken is whole, and what was taken, by what it holds. Throws FailureError where it cannot be read. */
  listed(taken: Taken): Promise<Answer>;
  /** Restores it into `scratch` and compares the copy with what it is of; a text: why nothing is compared, which is unknown and never good. */
  readonly compared: string | ((taken: Taken, scratch: SnapshotFolder) => Promise<Answer>);
  /** Ends what a comparison left running, also one that was cut short; left out: it starts nothing that outlives it. */
  tidy?(context: DriverContext, scratch: string): Promise<void>;
}

/** `restored`: what must be so before the first start on a restored copy; a text: why none is put back, and what to do instead. */
export function snapshotsBy(strategy: SnapshotStrategy, restored: DriverSnapshots['prepareRestored'] | string): DriverSnapshots {
  const { need, take, listed, compared, tidy } = strategy;
  return {
    need,
    take,
    async verify(context, folder, made, depth, scratch) {
      const taken: Taken = { context, folder, made };
      if (depth !== 'restore-compare') return { check: 'snapshot-list', ...found(await listed(taken)) };
      const check = 'snapshot-restored';
      try {
        const whole = await listed(taken);
        if (whole[0] !== true) return { check, ...found(whole) };
        return { check, ...found(typeof compared === 'string' ? [null, compared] : await compared(taken, scratch)) };
      } catch (thrown) {
        // That it cannot be restored or read is what a comparison finds out; what was refused before it began, a full disk, or an agent that ends is no finding.
        if (!(thrown instanceof FailureError) || context.signal.aborted) throw thrown;
        if (thrown.failure.class === 'refused' || thrown.failure.code === 'space-short') throw thrown;
        return { check, ok: false, detail: toFailure(thrown).message };
      } finally {
        // Also where the time of the order is over.
        await tidy?.({ ...context, signal: new AbortController().signal }, scratch.path);
      }
    },
    tidy: async (context, scratch) => tidy?.(context, scratch),
    async prepareRestored(context, dataDir, made) {
      if (typeof restored !== 'string') return restored(context, dataDir, made);
      throw refused(context, 'no-restore', `${restored}`);
    },
  };
}

const found = ([ok, detail]: Answer) => ({ ok, detail });

/** A tree that goes along, and what of it does not. */
export interface Tree {
  readonly path: string;
  readonly skip?: (relative: string) => boolean;
}

/** Of all trees together, by the way in which the first one is copied. */
export async function needOf(trees: readonly Tree[], measure: MeasureCopy): Promise<SnapshotNeed> {
  const needs = await Promise.all(trees.map(({ path, skip }) => measure(path, skip)));
  const sum = (of: 'bytes' | 'inodes') => needs.reduce((total, each) => total + each[of], 0);
  return { bytes: sum('bytes'), inodes: sum('inodes'), method: needs[0]?.method ?? 'copy' };
}
