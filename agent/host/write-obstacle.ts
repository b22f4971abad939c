/** Whether the agent could write where it will have to, told from owners and rights alone: asked before a stop, when nothing is lost yet. */
import { access, constants, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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
      return `${path} belongs to user ${uid} and the agent runs as user ${self}: run the agent as user ${uid}`;
    if (isFolder) folder = path;
    await access(folder, constants.W_OK | constants.X_OK);
    return null;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'EROFS') return `${folder} is read-only for the agent: list it under ReadWritePaths= of the agent's unit`;
    if (!isForbidden(error)) return `the agent cannot write in ${folder}: ${message}`;
    return `the agent, which runs as user ${self}, may not write in ${folder}: run it as the user of the database, or give it that right`;
  }
}

/** The world says no, and will again. */
export function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes((error as NodeJS.ErrnoException | null)?.code ?? '');
}

async function seen(path: string): Promise<{ readonly uid: number; readonly isFolder: boolean }> {
  const entry = await stat(path);
  return { uid: entry.uid, isFolder: entry.isDirectory() };
}
