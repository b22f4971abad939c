/** Why a program cannot keep its files, in words: SQLite says only that it cannot open one, and the system says it in its own names. */
import { accessSync, constants, statfsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Failure, failure, toFailure } from './failure.ts';

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'it is a folder',
  ERR_FS_EISDIR: 'it is a folder',
  ENOTDIR: 'a part of its path is a file, not a folder',
  EEXIST: 'it is a file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'its file system is read-only',
  ENOENT: 'it does not exist and cannot be created',
  ELOOP: 'its path is a loop of symbolic links',
};

/** What one of the system's codes says of a path, for a sentence; null: of another code. */
export const knownReason = (code: string | undefined): string | null => reasons[code ?? ''] ?? null;

/** What the system said of a path, for a sentence; its own words where we have none. */
export function systemReason(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return knownReason(code) ?? message;
}

/** What else SQLite keeps beside a file. */
const besides = ['-wal', '-journal'];

/** Why a database cannot be kept in this file, with the path that is in the way; null: nothing that could be seen. */
export function fileObstacle(file: string): string | null {
  try {
    for (const suffix of ['', ...besides])
      if (statSync(file + suffix, { throwIfNoEntry: false })?.isDirectory() === true) return `${file}${suffix} is a folder`;
    if (!statSync(dirname(file)).isDirectory()) return `${dirname(file)} is a file, not a folder`;
    accessSync(dirname(file), constants.W_OK | constants.X_OK);
    if (statSync(file, { throwIfNoEntry: false }) !== undefined) accessSync(file, constants.R_OK | constants.W_OK);
    return null;
  } catch (error) {
    const { path } = error as NodeJS.ErrnoException;
    return `${path ?? file}: ${systemReason(error)}`;
  }
}

/** For a program that cannot start: what the system said of one of its files is told in a sentence. */
export function startFailure(thrown: unknown): Failure {
  const { code, path } = (thrown ?? {}) as NodeJS.ErrnoException;
  if (path === undefined || knownReason(code) === null) return toFailure(thrown);
  return failure('failed', 'unusable-path', `${path} cannot be used: ${systemReason(thrown)}; fix it, or set another path in the settings`);
}

// Whether this user could work in a folder, found out without making or writing anything.

export interface WantedFolder {
  /** As the settings call it. */
  readonly field: string;
  readonly path: string;
  /** `made`: it may be missing, for the program makes it. */
  readonly need: 'readable' | 'writable' | 'made';
}

/** null: nothing is in the way. */
export function folderFault({ field, path, need }: WantedFolder): string | null {
  const access = constants.X_OK | (need === 'readable' ? constants.R_OK : constants.R_OK | constants.W_OK);
  const remedy = `make it accessible to the user that this program runs as, or set another ${field}`;
  try {
    if (!statSync(path).isDirectory()) return `${field}: ${path} is not a folder; set another one`;
    accessSync(path, access);
    return null;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && need === 'made' && dirname(path) !== path) return cannotMake({ field, path, need }, dirname(path));
    const what =
      code === 'ENOENT' ? 'does not exist; create it' : `cannot be ${need === 'readable' ? 'read' : 'written'}: ${systemReason(error)}`;
    return `${field}: ${path} ${what}, or ${code === 'ENOENT' ? `set another ${field}` : remedy}`;
  }
}

/** Of the nearest folder above that is there. */
function cannotMake(wanted: WantedFolder, above: string): string | null {
  try {
    if (!statSync(above).isDirectory())
      return `${wanted.field}: ${wanted.path} cannot be created: ${above} is not a folder; set another one`;
    accessSync(above, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT' && dirname(above) !== above) return cannotMake(wanted, dirname(above));
    return `${wanted.field}: ${wanted.path} cannot be created in ${above}: ${systemReason(error)}; create it for the user that this program runs as`;
  }
}

// A disk that takes no writes, in words: why, where, and how much is free there.

/** Why the disk of this file does not take writes; null: something else is wrong. */
export function unwritableReason(file: string, thrown: unknown): string | null {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return 'the disk is full';
  if (code === 'EDQUOT') return 'the disk quota is exceeded';
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS') return 'its file system is read-only';
  if (code.startsWith('SQLITE_CANTOPEN')) return 'a file beside it cannot be created';
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    // Some of SQLite's own files meet a full disk with a code that does not say so.
    return freeBeside(file)?.bytes === 0 ? 'the disk is full' : `the disk reports an I/O error (${code})`;
  return null;
}

/** `journal FILE cannot be written: the disk is full, 0 bytes are free in DIR`. */
export function unwritableText(what: string, file: string, why: string): string {
  const free = freeBeside(file);
  const left = free === null ? '' : `, ${free.bytes} bytes${free.inodes === 0 ? ' and no inodes' : ''} are free in ${dirname(file)}`;
  return `${what} ${file} cannot be written: ${why}${left}`;
}

/** What an ordinary user may still write where this file lies; null: unknown. */
export function freeBeside(file: string): { readonly bytes: number; readonly inodes: number | null } | null {
  try {
    const { bavail, bsize, files, ffree } = statfsSync(dirname(file));
    // File systems without a fixed number of inodes say that they have none at all.
    return { bytes: bavail * bsize, inodes: files === 0 ? null : ffree };
  } catch {
    return null;
  }
}
