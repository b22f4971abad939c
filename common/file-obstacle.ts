/** Why a program cannot keep its files, in words: SQLite says only that it cannot open one, and the system says it in its own names. */
import { accessSync, constants, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { type Failure, failure, toFailure } from './failure.ts';

const reasons: Readonly<Record<string, string>> = {
  EISDIR: 'a folder is there',
  ERR_FS_EISDIR: 'a folder is there',
  ENOTDIR: 'a part of its path is a file',
  EEXIST: 'a file is there',
  EACCES: 'this user may not',
  EPERM: 'this user may not',
  EROFS: 'its file system is read-only',
  ENOENT: 'it is not there, and cannot be made',
  ELOOP: 'its path is a circle of links',
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
      if (statSync(file + suffix, { throwIfNoEntry: false })?.isDirectory() === true) return `a folder is at ${file}${suffix}`;
    if (!statSync(dirname(file)).isDirectory()) return `${dirname(file)} is a file`;
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
  return failure(
    'failed',
    'unusable-path',
    `${path} cannot be used: ${systemReason(thrown)}; set it right, or name another place in the settings`,
  );
}
