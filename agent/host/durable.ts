import { access, chmod, chown, constants, open, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';

/** Flushes a file or a folder (its list of names) to disk. */
export async function flush(path: string): Promise<void> {
  const file = await open(path, 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** Moves within one file system; afterwards both names are durable. */
export async function moveDurably(from: string, to: string): Promise<void> {
  await rename(from, to);
  await flush(dirname(to));
  if (dirname(from) !== dirname(to)) await flush(dirname(from));
}

/** Writes beside the place, flushes, and takes the place at once. */
export async function writeDurably(path: string, text: string, mode = 0o644): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { flush: true, mode });
  await moveDurably(beside, path);
}

interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * The same, with this mode, for the owner of the folder: a database reads its files as its own user, no matter which the agent has. A missing folder
 * whose name begins with a dot is our own: it is made, for the owner of the one above alone.
 */
export async function writeAsOwner(path: string, text: string, mode: number): Promise<void> {
  try {
    const folder = dirname(path);
    if (basename(folder).startsWith('.')) await ensureFolder(folder);
    await take(path, text, mode, await stat(folder));
  } catch (error) {
    throw isForbidden(error) ? await noRights(path, error as Error) : asSpaceShort(error, path);
  }
}

async function noRights(path: string, { message }: Error): Promise<Error> {
  const obstacle = await writeObstacle(dirname(path));
  return fail('failed', 'no-rights', `${path} cannot be written: ${obstacle ?? message}`);
}

/** The same for a file that is there: the new one has its mode and owner. Throws `not-owner` (refused) where the agent may not do that. */
export async function replaceDurably(path: string, text: string): Promise<void> {
  const obstacle = await writeObstacle(path);
  if (obstacle !== null) throw fail('refused', 'not-owner', `${path} cannot be replaced: ${obstacle}`);
  try {
    const { mode, uid, gid } = await stat(path);
    await take(path, text, mode & 0o7777, { uid, gid });
  } catch (error) {
    throw asSpaceShort(error, path);
  }
}

async function ensureFolder(folder: string): Promise<void> {
  if (!(await makeFolder(folder, 0o700))) return;
  await giveTo(folder, await stat(dirname(folder)));
  await flush(dirname(folder));
}

async function take(path: string, text: string, mode: number, owner: Owner): Promise<void> {
  const beside = `${path}.new`;
  await writeFile(beside, text, { mode: 0o600 });
  await chmod(beside, mode);
  await giveTo(beside, owner);
  await flush(beside);
  await moveDurably(beside, path);
}

async function giveTo(path: string, { uid, gid }: Owner): Promise<void> {
  if (process.geteuid?.() === 0) await chown(path, uid, gid);
}

/** Removes a file and makes that durable; done when there is none. */
export async function removeDurably(path: string): Promise<void> {
  await rm(path, { force: true });
  await flush(dirname(path));
}

const flushedTogether = 16;

/** Flushes every regular file and folder of a tree. Links need nothing: they live in their folder. */
export async function flushTree(root: string): Promise<void> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() || entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
  for (let from = 0; from < paths.length; from += flushedTogether) await Promise.all(paths.slice(from, from + flushedTogether).map(flush));
  await flush(root);
}

/** Turns a full disk into its own sentence; other errors pass. `what` is what was being written. */
export function asSpaceShort(error: unknown, what: string): unknown {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error;
  return fail('failed', 'space-short', `no space left while writing ${what}: free some, then retry; installed releases were not changed`);
}

// Whether the agent could write where it will have to, told from owners and rights alone: asked before a stop, when nothing is lost yet.

/**
 * Why the agent could not put files into this folder, or another file into the place of this one, for its owner, and what to do; null: it
 * could. Writes nothing.
 */
export async function writeObstacle(path: string): Promise<string | null> {
  const self = process.geteuid?.();
  let folder = dirname(path);
  try {
    const { uid, isFolder } = await seen(path);
    // What the agent writes must belong to the same owner, and only root can give it away.
    if (self !== 0 && self !== uid)
      return `${path} belongs to user ${uid}, but the agent runs as user ${self}: run the agent as user ${uid}`;
    if (isFolder) folder = path;
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') return `${folder} is read-only for the agent: list it under ReadWritePaths= of the agent's unit`;
    if (!isForbidden(error)) return `the agent cannot write in ${folder}: ${message}`;
    return `the agent runs as user ${self} and cannot write in ${folder}: run it as the user of the database, or grant it write permission`;
  }
}

/** The world says no, and will again. */
function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

async function seen(path: string): Promise<{ readonly uid: number; readonly isFolder: boolean }> {
  const entry = await stat(path);
  return { uid: entry.uid, isFolder: entry.isDirectory() };
}
