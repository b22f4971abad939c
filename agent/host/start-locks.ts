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
import { makeFolder } from '../../common/files.ts';
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
    fail('refused', 'no-start-lock', `no start lock can be written in ${dir}, so nothing was stopped: ${systemReason(error)}`);
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
    throw fail(
      'failed',
      'unreadable',
      `the agent cannot read its start locks in ${error.path ?? 'its state directory'}: ${systemReason(error)}`,
    );
  };
}

// Reads in a unit of systemd, as `systemctl cat` prints it, whether a hold keeps it from being started.

interface LockFiles {
  readonly unit: string;
  /** As long as this file is there the unit is held. */
  readonly hold: string;
  /** Made for one start through the hold. */
  readonly pass: string;
  /** The agent itself: removed, it keeps no unit down any more, whatever else of it was left behind. */
  readonly program: string;
}

/** The lines that the drop-in must hold, with the unit's own name in place of `%n` or without. */
export function lockLines({ hold, pass, program }: LockFiles): readonly string[] {
  return [`AssertPathExists=|!${hold}`, `AssertPathExists=|${pass}`, `AssertPathExists=|!${program}`];
}

/**
 * True when the unit starts only without a hold, with a pass, or without an agent. Triggering assertions (`|`) are alternatives, so that one more of them
 * would be a way around the hold.
 */
export function isLocked(unitText: string, files: LockFiles): boolean {
  const alternatives = assertions(unitText)
    .filter((line) => /^\w+=\|/.test(line))
    .map((line) => line.replaceAll('%n', files.unit));
  const wanted = lockLines(files);
  return wanted.every((line) => alternatives.includes(line)) && alternatives.every((line) => wanted.includes(line));
}

/** By this the unit's program gets the flags of one start. */
export const flagsVariable = 'DRYDOCK_START_FLAGS';

/** True when the unit's [Service] reads this file as its environment, and its program is started with the flags that stand there. */
export function passesFlags(unitText: string, unit: string, environmentLine: string): boolean {
  const lines = unitText.split('\n').map((line) => line.trim().replaceAll('%n', unit));
  return lines.includes(environmentLine) && lines.some((line) => line.startsWith('ExecStart=') && line.includes(`$${flagsVariable}`));
}

/** Assertions active: those of the section [Unit], in the order in which they are read; an empty one rolls back all before it. */
function assertions(unitText: string): readonly string[] {
  let section = '';
  let found: string[] = [];
  for (const raw of unitText.split('\n')) {
    const line = raw.trim();
    if (line.startsWith('[')) section = line;
    const [, name, value] = /^(Assert\w+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (section !== '[Unit]' || name === undefined) continue;
    found = value === '' ? [] : [...found, `${name}=${value}`];
  }
  return found;
}
