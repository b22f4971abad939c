/**
 * Strategy of a database whose server makes hard links to its files at one moment: they are taken over under our own roof, and none stays with the server.
 * What nothing ever writes again stays a hard link (P8); the rest is copied.
 */
import { dirname } from 'node:path';
import type { DriverContext, SnapshotMade } from '../../../../common/driver.ts';
import { needOf, type SnapshotStrategy, type Tree } from './snapshots.ts';

const blockBytes = 4096;
const statMs = 5_000;

/** Links that the server made. */
export interface LinkedTree {
  readonly from: string;
  /** Relative to the snapshot's folder. */
  readonly to: string;
}

export interface LinkedForm<T extends LinkedTree> {
  /** Of what is linked. Throws FailureError where it does not all lie below the data directory, with which it is restored. */
  trees(context: DriverContext): Promise<readonly Tree[]>;
  /** Has the server link. Repeatable. */
  link(context: DriverContext): Promise<unknown>;
  /** Has the server drop its links again. Repeatable. */
  unlink(context: DriverContext): Promise<unknown>;
  /** What the server's snapshot holds now. */
  linked(context: DriverContext): Promise<readonly T[]>;
  /** Files beside the links that are for people. */
  leftOut(relative: string): boolean;
  /** Nothing writes to this file again, whatever the server does. */
  isNeverRewritten(relative: string): boolean;
  describe(context: DriverContext, trees: readonly T[]): Promise<Omit<SnapshotMade, 'places'>>;
  listed: SnapshotStrategy['listed'];
  readonly compared: SnapshotStrategy['compared'];
}

export function linkedByServer<T extends LinkedTree>(form: LinkedForm<T>): SnapshotStrategy {
  return {
    // Links take an inode each; where they cannot be made everything is copied.
    async need(context, measure) {
      const { bytes, inodes } = await needOf(await form.trees(context), measure);
      const shares = await sharesDevice(context);
      return { bytes: shares ? inodes * blockBytes : bytes, inodes, method: shares ? 'reflink' : 'copy' };
    },
    async take(context, folder) {
      await form.trees(context);
      // Of an attempt that was cut short.
      if ((await form.linked(context)).length > 0) await form.unlink(context);
      try {
        folder.progress(0, 'the server links its files');
        await form.link(context);
        const trees = await form.linked(context);
        for (const [at, { from, to }] of trees.entries()) {
          await folder.copy(from, to, { skip: form.leftOut, link: form.isNeverRewritten });
          folder.progress((at + 1) / trees.length, `${at + 1} of ${trees.length} folders`);
        }
        return { ...(await form.describe(context, trees)), places: [{ folder: '.', path: context.settings.dataDir }] };
      } finally {
        await form.unlink(context);
      }
    },
    listed: form.listed,
    compared: form.compared,
  };
}

async function sharesDevice({ host, settings }: DriverContext): Promise<boolean> {
  const deviceOf = async (path: string): Promise<string> => {
    const { exitCode, stdout } = await host.run(['stat', '-c', '%d', path], { timeoutMs: statMs });
    if (exitCode === 0) return stdout.trim();
    return path === dirname(path) ? '' : deviceOf(dirname(path));
  };
  return (await deviceOf(settings.dataDir)) === (await deviceOf(settings.snapshotsDir));
}
