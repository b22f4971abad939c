/** Trees that take the place of others on a real disk, broken off before any of their moves. */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import fs from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { diskRestores } from '../../../agent/host/restores.ts';
import type { CopyWatch } from '../../../agent/host/trees.ts';
import type { SnapshotPlace } from '../../../common/driver.ts';

const name = 'r-2.restore.1';
const id = 'r-1.db-1';
const watch: CopyWatch = { signal: new AbortController().signal, onBytes: () => {} };
const realRename = fs.rename;
const roots: string[] = [];

afterEach(() => {
  setRename(realRename);
  for (const root of roots.splice(0)) rmSync(root, { recursive: true, force: true });
});

function setRename(rename: typeof fs.rename): void {
  fs.rename = rename;
  syncBuiltinESMExports();
}

class Died extends Error {}

/** Every name on disk changes by a rename, the ledger's too: dying before the n-th one is dying between any two of its acts. */
function dieAtRename(count: number): { readonly died: () => boolean } {
  let renames = 0;
  setRename(async (from, to) => {
    renames += 1;
    if (renames >= count) throw new Died();
    await realRename(from, to);
  });
  return { died: () => renames >= count };
}

interface Scene {
  readonly snapshotsDir: string;
  readonly dataDir: string;
  readonly places: readonly SnapshotPlace[];
  /** `old`, `new`, or `absent` for each place. */
  lies(): readonly string[];
  left(): readonly string[];
}

async function lay(): Promise<Scene> {
  const root = mkdtempSync(join(tmpdir(), 'drydock-restore-'));
  roots.push(root);
  const snapshotsDir = join(root, 'snapshots');
  const paths = [join(root, 'data'), join(root, 'elsewhere', 'space'), join(root, 'elsewhere', 'new-here')];
  const places = paths.map((path, at) => ({ folder: `tree-${at}`, path }));
  for (const { folder, path } of places) {
    const copy = join(snapshotsDir, id, 'content', folder);
    mkdirSync(join(copy, 'base'), { recursive: true });
    writeFileSync(join(copy, 'base', 'file'), 'new');
    mkdirSync(dirname(path), { recursive: true });
    if (path.endsWith('new-here')) continue;
    mkdirSync(join(path, 'base'), { recursive: true });
    writeFileSync(join(path, 'base', 'file'), 'old');
  }
  await diskRestores.copyBeside(snapshotsDir, name, id, places, watch);
  await diskRestores.sealBeside(snapshotsDir, name);
  return {
    snapshotsDir,
    dataDir: paths[0] ?? '',
    places,
    lies: () => paths.map((path) => (existsSync(path) ? readFileSync(join(path, 'base', 'file'), 'utf8') : 'absent')),
    left: () =>
      [...readdirSync(root), ...readdirSync(join(root, 'elsewhere')), ...readdirSync(snapshotsDir)].filter((entry) =>
        /drydock|restore/.test(entry),
      ),
  };
}

const before = ['old', 'old', 'absent'];
const after = ['new', 'new', 'new'];

describe('a restore on disk', () => {
  it('leaves everything where it is until it moves, moves all of it, and moves exactly that back', async () => {
    const scene = await lay();
    const { snapshotsDir, dataDir } = scene;
    const inode = statSync(dataDir).ino;
    expect(scene.lies()).toEqual(before);
    const aside = await diskRestores.moveIntoPlace(snapshotsDir, name);
    expect(aside).toEqual([`${dataDir}.drydock-${name}`, `${scene.places[1]?.path}.drydock-${name}`]);
    expect(scene.lies()).toEqual(after);
    expect(await diskRestores.restoresSeen(snapshotsDir, dataDir)).toEqual([name]);
    expect(await diskRestores.restoresSeen(snapshotsDir, '/another')).toEqual([]);
    await diskRestores.moveBack(snapshotsDir, name);
    expect(scene.lies()).toEqual(before);
    expect(statSync(dataDir).ino).toBe(inode);
    expect(scene.left()).toEqual([]);
  });

  it('broken off before any move is never half a data directory in its place, and goes on from there, forward or back (P7 P20)', async () => {
    for (const way of ['forward', 'back'] as const)
      for (const then of ['forward', 'back'] as const) {
        if (way === 'back' && then === 'forward') continue;
        let deaths = 0;
        for (let count = 1; ; count += 1) {
          const scene = await lay();
          if (way === 'back') await diskRestores.moveIntoPlace(scene.snapshotsDir, name);
          const { died } = dieAtRename(count);
          const act = way === 'forward' ? diskRestores.moveIntoPlace : diskRestores.moveBack;
          await act(scene.snapshotsDir, name).catch((error: unknown) => {
            if (!(error instanceof Died)) throw error;
          });
          setRename(realRename);
          const where = `${way} then ${then}, broken off before rename ${count}`;
          const [first, ...others] = scene.lies();
          // With a data directory in its place everything else is of the same make.
          if (first === 'new') expect(others, where).toEqual(after.slice(1));
          if (first === 'old') expect(others, where).toEqual(before.slice(1));
          if (then === 'forward') await diskRestores.moveIntoPlace(scene.snapshotsDir, name);
          else await diskRestores.moveBack(scene.snapshotsDir, name);
          expect(scene.lies(), where).toEqual(then === 'forward' ? after : before);
          if (then === 'back') expect(scene.left(), where).toEqual([]);
          if (!died()) break;
          deaths += 1;
        }
        expect(deaths).toBeGreaterThan(8);
      }
  });

  it('copies again what was half copied, and starts nothing from a copy that was not sealed', async () => {
    const scene = await lay();
    const other = 'r-3.restore.1';
    await diskRestores.copyBeside(scene.snapshotsDir, other, id, scene.places, watch);
    expect(await diskRestores.restoreStage(scene.snapshotsDir, other)).toBe('copying');
    await expect(diskRestores.moveIntoPlace(scene.snapshotsDir, other)).rejects.toThrow('nothing was moved');
    await diskRestores.copyBeside(scene.snapshotsDir, other, id, scene.places, watch);
    await diskRestores.forgetRestore(scene.snapshotsDir, other);
    expect(await diskRestores.restoreStage(scene.snapshotsDir, other)).toBe('none');
    expect(scene.lies()).toEqual(before);
  });

  it('leaves a ledger that cannot be read to a person', async () => {
    const scene = await lay();
    writeFileSync(join(scene.snapshotsDir, `${name}.restore.json`), '{"stage":"mov');
    await expect(diskRestores.restoreStage(scene.snapshotsDir, name)).rejects.toThrow('check the data directory');
  });
});
