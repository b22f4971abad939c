/** A disk that takes no writes, in words: why, where, and how much is free there. */
import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';

/** Why the disk of this file does not take writes; null: something else is wrong. */
export function unwritableReason(file: string, thrown: unknown): string | null {
  const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
  if (code === 'SQLITE_FULL' || code === 'ENOSPC') return 'its disk is full';
  if (code === 'EDQUOT') return 'the quota of its disk is used up';
  if (code.startsWith('SQLITE_READONLY') || code === 'EROFS') return 'it is on a disk that takes no writes';
  if (code.startsWith('SQLITE_CANTOPEN')) return 'a file beside it cannot be made';
  if (code.startsWith('SQLITE_IOERR') || code === 'EIO')
    // Some of SQLite's own files meet a full disk with a code that does not say so.
    return freeBeside(file)?.bytes === 0 ? 'its disk is full' : `its disk fails (${code})`;
  return null;
}

/** `journal FILE cannot be written: its disk is full, 0 bytes are free in DIR`. */
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
