/** Makes a folder and those above it. The runtime's own way tries for ever where a file system takes no folders, as /proc does. */
import { mkdirSync, statSync } from 'node:fs';
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

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
