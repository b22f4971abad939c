/** Snapshots that the server itself streams into one file, sealed with what they hold: the strategy of an engine whose leader has everything. */
import { join } from 'node:path';
import type { DriverContext, DriverSnapshots, MeasureCopy, SnapshotMade } from '../../../common/driver.ts';
import { fail } from '../../../common/failure.ts';
import type { Answer } from '../pure/checks.ts';

/** What is written while the snapshot is streamed makes it no bigger; the file itself may grow until it begins. */
const growth = 1.1;

/** `Seal`: what a file tells of its own content. */
export interface StreamedForm<Seal> {
  /** Name of the file in the snapshot's folder. */
  readonly file: string;
  /** How big it is expected to be now. */
  bytes(context: DriverContext, measure: MeasureCopy): Promise<number>;
  /** Streams it to this path. Throws FailureError when it is not whole, or older than what was there when it began. */
  save(context: DriverContext, path: string, progress: (fraction: number, note: string) => void): Promise<Omit<SnapshotMade, 'places'>>;
  /** Throws FailureError: `snapshot-unreadable`. */
  seal(context: DriverContext, path: string): Promise<Seal>;
  /** Whether the file is still what was taken, by its notes. */
  matches(seal: Seal, notes: SnapshotMade['notes']): Answer;
  /** Restores the file into `folder`, which is not there yet, and compares the copy with what runs. */
  compare(context: DriverContext, path: string, seal: Seal, folder: string): Promise<Answer>;
  /** Why no snapshot is put back, and what to do instead. */
  readonly noRestore: string;
}

export function streamedSnapshots<Seal>(form: StreamedForm<Seal>): DriverSnapshots {
  return {
    async need(context, measure) {
      // Streamed, so never shared with the file that it is of.
      return { bytes: Math.ceil((await form.bytes(context, measure)) * growth), inodes: 4, method: 'copy' };
    },
    async take(context, folder) {
      const made = await form.save(context, join(folder.path, form.file), (fraction, note) => folder.progress(fraction, note));
      return { ...made, places: [{ folder: '.', path: context.settings.dataDir }] };
    },
    async verify(context, folder, made, depth, scratch) {
      const path = join(folder.path, form.file);
      const seal = await form.seal(context, path);
      const listed = form.matches(seal, made.notes);
      const compared = listed[0] === true && depth === 'restore-compare';
      const [ok, detail] = compared ? await form.compare(context, path, seal, join(scratch.path, 'restored')) : listed;
      return { check: `snapshot-${depth}`, ok, detail };
    },
    async tidy() {
      // Verifying starts nothing that outlives its command.
    },
    async prepareRestored({ settings }) {
      throw fail('refused', 'no-restore', `${settings.instance}: ${form.noRestore}`);
    },
  };
}
