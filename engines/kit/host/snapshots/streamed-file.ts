/** Strategy of a database whose server streams all that it holds into one file, sealed with what is in it: one of the leader is enough. */
import { join } from 'node:path';
import type { DriverContext, MeasureCopy, SnapshotMade } from '../../../../common/driver.ts';
import type { Answer } from '../../pure/checks.ts';
import type { SnapshotStrategy } from './snapshots.ts';

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
}

export function streamedFile<Seal>(form: StreamedForm<Seal>): SnapshotStrategy {
  const { file, seal } = form;
  return {
    async need(context, measure) {
      // Streamed, so never shared with the file that it is of.
      return { bytes: Math.ceil((await form.bytes(context, measure)) * growth), inodes: 4, method: 'copy' };
    },
    async take(context, folder) {
      const made = await form.save(context, join(folder.path, file), (fraction, note) => folder.progress(fraction, note));
      return { ...made, places: [{ folder: '.', path: context.settings.dataDir }] };
    },
    listed: async ({ context, folder, made }) => form.matches(await seal(context, join(folder.path, file)), made.notes),
    async compared({ context, folder }, scratch) {
      const path = join(folder.path, file);
      return form.compare(context, path, await seal(context, path), join(scratch.path, 'restored'));
    },
  };
}
