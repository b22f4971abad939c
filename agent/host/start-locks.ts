/**
 * The start lock (P16): as long as the file `<locks>/<unit>` is there, its service manager does not start the unit for anybody, at boot
 * neither; only a start that shows the pass written in it goes through. The folder lies in the agent's own state directory, which goes with
 * the agent.
 */
import { randomBytes } from 'node:crypto';
import { access, constants, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { systemReason } from '../../common/file-obstacle.ts';
import { makeFolder } from '../../common/make-folder.ts';
import { flush, removeDurably, writeDurably } from './durable.ts';

export interface StartLocks {
  pathOf(unit: string): string;
  /** Makes the folder; throws FailureError(refused, `no-start-lock`) when no hold could be written there. */
  prepare(): Promise<void>;
  /** Durable before it returns; a hold that is there keeps its pass. Throws FailureError(refused, `no-start-lock`) and leaves none. */
  take(unit: string): Promise<void>;
  /** Durable before it returns; done when there is none. */
  letGo(unit: string): Promise<void>;
  /** What a start through the hold must show; null: not held. */
  passOf(unit: string): Promise<string | null>;
  held(): Promise<readonly string[]>;
}

const passPattern = /^[0-9a-f]{32}$/;

/** Holds in this folder, one file per unit; names of units were checked with the settings. */
export function startLocks(dir: string): StartLocks {
  const pathOf = (unit: string) => join(dir, unit);
  const passOf = (unit: string) => readFile(pathOf(unit), 'utf8').then((text) => text.trim(), absentIs(null));
  const unwritable = (error: unknown) =>
    fail('refused', 'no-start-lock', `no hold can be written in ${dir}, so nothing is stopped: ${systemReason(error)}`);
  const letGo = async (unit: string) => {
    if ((await passOf(unit)) !== null) await removeDurably(pathOf(unit));
  };
  return {
    pathOf,
    passOf,
    letGo,
    async prepare() {
      try {
        await makeFolder(dir, 0o700);
        await access(dir, constants.W_OK);
      } catch (error) {
        throw unwritable(error);
      }
    },
    async take(unit) {
      try {
        // One that is there may have been written by an agent that was killed before it was flushed.
        if (passPattern.test((await passOf(unit)) ?? '')) return await flush(dir);
        await writeDurably(pathOf(unit), `${randomBytes(16).toString('hex')}\n`, 0o600);
      } catch (error) {
        await rm(pathOf(unit), { force: true }).catch(() => {}); // what cannot be removed either is let go when the agent starts again
        throw unwritable(error);
      }
    },
    async held() {
      const names = await readdir(dir).catch(absentIs([]));
      return names.filter((name) => !name.endsWith(besideSuffix)).sort();
    },
  };
}

/** Of a file that was being written when its agent was killed. */
const besideSuffix = '.new';

function absentIs<T>(absent: T): (error: NodeJS.ErrnoException) => T {
  return (error) => {
    if (error.code === 'ENOENT') return absent;
    throw fail('failed', 'unreadable', `the agent cannot read its holds in ${error.path ?? 'its state directory'}: ${systemReason(error)}`);
  };
}
