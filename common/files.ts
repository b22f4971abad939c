/** Files and folders that hold what must not get lost or be read by others: made with their rights, written once, and their digests. */

import { createHash } from 'node:crypto';
import { closeSync, createReadStream, existsSync, fsyncSync, linkSync, mkdirSync, openSync, rmSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FailureError, fail } from './failure.ts';
import { knownReason, unwritableReason, unwritableText } from './file-obstacle.ts';

/** False: it was there already. Throws what the system said. */
export async function makeFolder(path: string, mode = 0o777): Promise<boolean> {
  try {
    return await made(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  await makeFolder(dirname(path), mode);
  return made(path, mode);
}

async function made(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && (await stat(path)).isDirectory()) return false;
    throw error;
  }
}

/** The same for a command that does one thing after the other. */
export function makeFolderSync(path: string, mode = 0o777): boolean {
  try {
    return madeSync(path, mode);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
  }
  makeFolderSync(dirname(path), mode);
  return madeSync(path, mode);
}

function madeSync(path: string, mode: number): boolean {
  try {
    mkdirSync(path, { mode });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST' && statSync(path).isDirectory()) return false;
    throw error;
  }
}

// Files that are there whole or not at all, readable by their owner only, and never in place of another.

/**
 * Has `fill` write to an empty file beside `file` and puts that in its place, durably. Throws FailureError(refused, `file-exists`) and
 * FailureError(failed, `file-unwritable`); nothing stays behind then.
 * @param what the file is, for messages: `backup`
 */
export async function writeNewFile<T>(what: string, file: string, fill: (partial: string) => Promise<T>): Promise<T> {
  if (existsSync(file)) throw fileExists(what, file);
  const partial = `${file}.partial-${process.pid}`;
  try {
    rmSync(partial, { force: true });
    closeSync(openSync(partial, 'wx', 0o600));
    const filled = await fill(partial);
    sync(partial);
    // A link, for it takes no other file's place as a rename does.
    linkSync(partial, file);
    sync(dirname(file));
    return filled;
  } catch (thrown) {
    throw failureOfWrite(what, file, thrown);
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Makes what was written to this file, or the names in this folder, outlive a power loss. */
export function sync(path: string): void {
  const descriptor = openSync(path, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** What the system says of a file that it does not take, as a sentence; what is no such error stays what it is. */
export function failureOfWrite(what: string, file: string, thrown: unknown): unknown {
  if (thrown instanceof FailureError) return thrown;
  const full = unwritableReason(file, thrown);
  if (full !== null) return fail('failed', 'file-unwritable', `${unwritableText(what, file, full)}; nothing was changed`);
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'EEXIST') return fileExists(what, file);
  const folder = dirname(file);
  const reason = code === 'ENOENT' ? `folder ${folder} does not exist; create it first` : knownReason(code);
  if (reason === null) return thrown;
  return fail('failed', 'file-unwritable', `${what} ${file} cannot be written: ${reason}; nothing was changed`);
}

function fileExists(what: string, file: string): FailureError {
  return fail('refused', 'file-exists', `${what} ${file} already exists and is not overwritten; give another name`);
}

/** `sha256:<64 hex>` of a file's bytes, read piece by piece. */
export async function digestOfFile(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return `sha256:${hash.digest('hex')}`;
}
