import { access, cp, mkdir, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as tar from 'tar';

/** Packs a release folder into a plain tar, with what it holds at its top; equal folders give equal bytes. */
export async function packRelease(releaseDir: string, tarPath: string): Promise<void> {
  const entries = await entriesBelow(releaseDir, '');
  // A fixed time and no owner (portable): the digest must not depend on who packed it, and when.
  await tar.create({ file: tarPath, cwd: releaseDir, portable: true, mtime: new Date(0), noDirRecurse: true }, entries);
}

/** Copies a release folder to where none is yet; all may read and run what is in it. */
export async function copyRelease(fromDir: string, releaseDir: string): Promise<void> {
  await mkdir(dirname(releaseDir), { recursive: true });
  await mkdir(releaseDir, { mode: 0o755 });
  await cp(fromDir, releaseDir, { recursive: true });
}

export async function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

async function entriesBelow(rootDir: string, below: string): Promise<string[]> {
  const entries: string[] = [];
  const children = await readdir(join(rootDir, below), { withFileTypes: true });
  for (const child of children.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(below, child.name);
    entries.push(path);
    if (child.isDirectory()) entries.push(...(await entriesBelow(rootDir, path)));
  }
  return entries;
}
