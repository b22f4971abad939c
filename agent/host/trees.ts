/**
 * Trees of files: measured, copied with owner, mode and time, listed with digests. A copy shares blocks with its source where the file
 * system can, an inode only where the caller says that nothing writes to it again. The source may go on changing: what vanishes meanwhile is left out.
 */
import { createHash } from 'node:crypto';
import { constants, type Dirent, type Stats } from 'node:fs';
import {
  chmod,
  copyFile,
  type FileHandle,
  lchown,
  link,
  lstat,
  lutimes,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rm,
  symlink,
} from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import type { SnapshotNeed } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import { asSpaceShort } from './durable.ts';
import { roomOf } from './space.ts';

export type Skip = (relative: string) => boolean;

export interface CopyWatch {
  readonly skip?: Skip;
  /** Linked where the file system can, else copied. */
  readonly link?: Skip;
  /** Ends the copy between two pieces. */
  readonly signal: AbortSignal;
  /** Bytes that another file or piece of it added. */
  readonly onBytes: (bytes: number) => void;
}

export interface TreeFile {
  /** Relative to the tree's root. */
  readonly path: string;
  readonly size: number;
  readonly mode: number;
  /** `sha256:<hex>`; null: not asked for. */
  readonly digest: string | null;
}

const blockBytes = 4096;
const pieceBytes = 1024 * 1024;
const filesAtOnce = 4;
/** Of a copy that shares blocks: its own metadata, and what is overwritten in the source meanwhile. */
const reflinkShare = 0.1;
const spareCheckBytes = 16 * 1024 * 1024;

const isGone = (error: unknown) => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');

async function statOrNull(path: string): Promise<Stats | null> {
  try {
    return await lstat(path);
  } catch (error) {
    if (isGone(error)) return null;
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return (await statOrNull(path)) !== null;
}

/** The path itself, or the nearest folder above it that is there. */
export async function nearest(path: string): Promise<string> {
  for (let at = path; ; at = dirname(at)) if (at === dirname(at) || (await exists(at))) return at;
}

async function entriesOf(folder: string): Promise<readonly Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

// ---- measuring --------------------------------------------------------------------------------------------------

/** Device numbers of source and target: whether one can share blocks with the other does not change while both are mounted. */
const sharing = new Map<string, boolean>();

/** Whether a copy from one folder's file system to the other's can share blocks: tried once with the given file. */
async function canShare(file: string, toFolder: string): Promise<boolean> {
  const target = await nearest(toFolder);
  const [from, to] = [await lstat(file), await lstat(target)];
  const known = sharing.get(`${from.dev} ${to.dev}`);
  if (known !== undefined) return known;
  if (from.dev !== to.dev) return remember(from.dev, to.dev, false);
  const probe = join(target, `.drydock-reflink-${process.pid}-${Math.trunc(performance.now() * 1000)}`);
  try {
    await copyFile(file, probe, constants.COPYFILE_FICLONE_FORCE);
    return remember(from.dev, to.dev, true);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    // A full disk or a file that is gone says nothing about the file system.
    if (['ENOENT', 'ENOSPC', 'EDQUOT', 'EACCES', 'EPERM', 'EIO'].includes(code)) return false;
    return remember(from.dev, to.dev, false);
  } finally {
    await rm(probe, { force: true });
  }
}

function remember(from: number, to: number, can: boolean): boolean {
  sharing.set(`${from} ${to}`, can);
  return can;
}

/** What a copy of the tree into the folder needs; a tree that is not there needs nothing. */
export async function copyNeed(from: string, toFolder: string, skip: Skip = () => false): Promise<SnapshotNeed> {
  const sum = { bytes: 0, inodes: 0, sample: '' };
  await measure(from, from, skip, sum);
  const shares = sum.sample !== '' && (await canShare(sum.sample, toFolder));
  return { bytes: shares ? Math.ceil(sum.bytes * reflinkShare) : sum.bytes, inodes: sum.inodes, method: shares ? 'reflink' : 'copy' };
}

async function measure(root: string, path: string, skip: Skip, sum: { bytes: number; inodes: number; sample: string }): Promise<void> {
  const found = await statOrNull(path);
  if (found === null) return;
  sum.inodes += 1;
  sum.bytes += blockBytes + Math.ceil((found.isFile() ? found.size : 0) / blockBytes) * blockBytes;
  if (sum.sample === '' && found.isFile() && found.size > 0) sum.sample = path;
  if (!found.isDirectory()) return;
  for (const entry of await entriesOf(path)) {
    const below = join(path, entry.name);
    if (!skip(relative(root, below))) await measure(root, below, skip, sum);
  }
}

// ---- copying ----------------------------------------------------------------------------------------------------

interface Copying extends CopyWatch {
  readonly fromRoot: string;
  readonly toRoot: string;
  readonly asRoot: boolean;
  uncheckedBytes: number;
}

/**
 * Copies a file, a link or a whole tree; `to` must not be there, its parents are made. `within` is the folder that nothing may be written
 * outside of, links or not. Throws FailureError `space-short`, `missing`, `aborted`.
 */
export async function copyTree(from: string, to: string, within: string, watch: CopyWatch): Promise<void> {
  const copying: Copying = { ...watch, fromRoot: from, toRoot: to, asRoot: process.geteuid?.() === 0, uncheckedBytes: spareCheckBytes };
  try {
    if (!(await exists(from))) throw fail('failed', 'missing', `${from} does not exist, so it cannot be copied`, { remedy: 'retry' });
    await makeFolder(dirname(to));
    const [root, parent] = [await realpath(within), await realpath(dirname(to))];
    if (parent !== root && !parent.startsWith(`${root}/`))
      throw fail('internal', 'outside', `${to} points outside ${within}: nothing was copied`);
    await copyOne(copying, from, to);
  } catch (error) {
    throw asSpaceShort(error, to);
  }
}

async function copyOne(copying: Copying, from: string, to: string): Promise<void> {
  if (copying.signal.aborted) throw fail('failed', 'aborted', `copying ${copying.fromRoot} was cancelled`, { remedy: 'retry' });
  const found = await statOrNull(from);
  if (found === null) return;
  if (found.isDirectory()) return copyFolder(copying, from, to, found);
  if (found.isSymbolicLink()) return copyLink(copying, from, to, found);
  if (found.isFile()) return copyContent(copying, from, to, found);
}

async function copyFolder(copying: Copying, from: string, to: string, found: Stats): Promise<void> {
  await mkdir(to, { mode: 0o700 });
  const names = (await entriesOf(from)).map(({ name }) => name);
  const wanted = names.filter((name) => copying.skip?.(relative(copying.fromRoot, join(from, name))) !== true);
  for (let at = 0; at < wanted.length; at += filesAtOnce)
    await settled(wanted.slice(at, at + filesAtOnce).map((name) => copyOne(copying, join(from, name), join(to, name))));
  await keepAttributes(copying, to, found);
}

/** Like all of them, but throws only when none of them runs any more. */
async function settled(works: readonly Promise<void>[]): Promise<void> {
  for (const result of await Promise.allSettled(works)) if (result.status === 'rejected') throw result.reason;
}

async function copyLink(copying: Copying, from: string, to: string, found: Stats): Promise<void> {
  await symlink(await readlink(from), to);
  if (copying.asRoot) await lchown(to, found.uid, found.gid);
}

async function copyContent(copying: Copying, from: string, to: string, found: Stats): Promise<void> {
  if (copying.link?.(relative(copying.fromRoot, from)) === true && (await isLinked(from, to))) return copying.onBytes(0);
  await checkSpare(copying, found.size);
  try {
    if (found.size > 0 && (await canShare(from, dirname(to)))) await copyFile(from, to, constants.COPYFILE_FICLONE_FORCE);
    else await copyBytes(copying, from, to);
  } catch (error) {
    if (!isGone(error) || (await exists(from))) throw error;
    // Vanished between the probe and the copy.
    await rm(to, { force: true });
    return;
  }
  await keepAttributes(copying, to, found);
  copying.onBytes(found.size);
}

/** False: it has to be copied, as it lies on another file system, or belongs to somebody whose files we may not link. */
async function isLinked(from: string, to: string): Promise<boolean> {
  return link(from, to).then(
    () => true,
    (error: NodeJS.ErrnoException) => {
      if (['EXDEV', 'EPERM', 'EMLINK', 'ENOENT', 'EOPNOTSUPP'].includes(error.code ?? '')) return false;
      throw error;
    },
  );
}

/** By hand: what Node offers loops for ever over a file that shrinks under it. */
async function copyBytes(copying: Copying, from: string, to: string): Promise<void> {
  const source = await open(from, 'r');
  try {
    const target = await open(to, 'wx', 0o600);
    try {
      await pump(copying, source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

async function pump(copying: Copying, source: FileHandle, target: FileHandle): Promise<void> {
  await withPiece(async (buffer) => {
    for (let position = 0; ; ) {
      const { bytesRead } = await source.read(buffer, 0, pieceBytes, position);
      if (bytesRead === 0) return;
      if (position > 0) await checkSpare(copying, bytesRead);
      for (let written = 0; written < bytesRead; )
        written += (await target.write(buffer, written, bytesRead - written, position + written)).bytesWritten;
      position += bytesRead;
      if (copying.signal.aborted) throw fail('failed', 'aborted', `copying ${copying.fromRoot} was cancelled`, { remedy: 'retry' });
    }
  });
}

/** Not used now. Empty as long as nothing is read, so that an agent at rest keeps none. */
const spare: Buffer[] = [];
let reading = 0;

/** Pieces go round: one of its own for each of a thousand small files would be a gigabyte that waits for the collector. */
async function withPiece<T>(work: (piece: Buffer) => Promise<T>): Promise<T> {
  const piece = spare.pop() ?? Buffer.allocUnsafe(pieceBytes);
  reading += 1;
  try {
    return await work(piece);
  } finally {
    reading -= 1;
    spare.push(piece);
    if (reading === 0) spare.length = 0;
  }
}

/** A database may live on the same file system: the copy gives up before it is full. */
async function checkSpare(copying: Copying, bytes: number): Promise<void> {
  copying.uncheckedBytes += bytes + blockBytes;
  if (copying.uncheckedBytes < spareCheckBytes) return;
  copying.uncheckedBytes = 0;
  const target = await nearest(dirname(copying.toRoot));
  const { freeBytes, freeInodes } = await roomOf(target);
  if (freeBytes < bytes || freeInodes < 0)
    throw fail('failed', 'space-short', `${target} is nearly full: ${copying.fromRoot} was not copied; free some, then retry`);
}

async function keepAttributes(copying: Copying, to: string, found: Stats): Promise<void> {
  if (copying.asRoot) await lchown(to, found.uid, found.gid);
  await chmod(to, found.mode & 0o7777);
  await lutimes(to, found.atime, found.mtime);
}

// ---- listing ----------------------------------------------------------------------------------------------------

/** Every regular file of the tree, by path; links and folders are not listed. */
export async function listTree(
  root: string,
  digests: boolean,
  signal: AbortSignal,
  onBytes: (bytes: number) => void,
): Promise<readonly TreeFile[]> {
  const files: TreeFile[] = [];
  await listBelow(root, '', files);
  files.sort((a, b) => (a.path < b.path ? -1 : 1));
  if (!digests) return files;
  const listed: TreeFile[] = [];
  for (const file of files) {
    if (signal.aborted) throw fail('failed', 'aborted', `reading ${root} was cancelled`, { remedy: 'retry' });
    listed.push({ ...file, digest: await digestOf(join(root, file.path)) });
    onBytes(file.size);
  }
  return listed;
}

async function listBelow(root: string, below: string, files: TreeFile[]): Promise<void> {
  for (const entry of await entriesOf(join(root, below))) {
    const path = join(below, entry.name);
    if (entry.isDirectory()) await listBelow(root, path, files);
    if (!entry.isFile()) continue;
    const found = await lstat(join(root, path));
    files.push({ path, size: found.size, mode: found.mode & 0o7777, digest: null });
  }
}

export async function digestOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const hash = createHash('sha256');
    return await withPiece(async (buffer) => {
      for (;;) {
        const { bytesRead } = await file.read(buffer, 0, pieceBytes, null);
        if (bytesRead === 0) return `sha256:${hash.digest('hex')}`;
        hash.update(buffer.subarray(0, bytesRead));
      }
    });
  } finally {
    await file.close();
  }
}

/** What is still being written by an operation that was given up may need another try. */
export function removeTree(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
}
