/** Snapshot folders, copies of trees and promised space on a real disk. */
import {
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statfsSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createReservations } from '../../../agent/host/reservations.ts';
import { diskSnapshots } from '../../../agent/host/snapshots.ts';
import { type CopyWatch, copyTree } from '../../../agent/host/trees.ts';
import type { SnapshotManifest } from '../../../agent/snapshots/manifest.ts';

const root = mkdtempSync(join(tmpdir(), 'drydock-trees-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

const watch: CopyWatch = { signal: new AbortController().signal, onBytes: () => {} };
let source: string;
let snapshotsDir: string;
let at = 0;

beforeEach(() => {
  at += 1;
  source = join(root, `source-${at}`);
  snapshotsDir = join(root, `snapshots-${at}`);
  mkdirSync(join(source, 'base', 'empty'), { recursive: true });
  writeFileSync(join(source, 'base', 'table'), Buffer.alloc(3_000_000, 7));
  writeFileSync(join(source, 'secret'), 'x', { mode: 0o600 });
  linkSync(join(source, 'secret'), join(source, 'also-secret'));
  symlinkSync('/nowhere/at/all', join(source, 'link'));
  chmodSync(join(source, 'base'), 0o750);
});

const id = 'r-1.db-1';
const manifest = (more: Partial<SnapshotManifest>): SnapshotManifest => ({
  format: 1,
  id,
  run: 'r-1',
  instance: 'db-1',
  engine: 'twin',
  databaseId: null,
  madeAtMs: 1,
  expiresAtMs: 2,
  verified: 'list',
  bytes: 0,
  files: 0,
  listDigest: '',
  findings: [],
  made: { version: '1', role: 'standby', position: '1', places: [{ folder: 'data', path: source }], notes: {} },
  ...more,
});

async function take(digests = true): Promise<SnapshotManifest> {
  const path = await diskSnapshots.makeRemains(snapshotsDir, id, 'partial');
  await copyTree(source, join(path, 'data'), path, watch);
  return manifest(await diskSnapshots.listPartial(snapshotsDir, id, digests, watch));
}

const check = (made: SnapshotManifest, state: 'partial' | 'complete' = 'complete') =>
  diskSnapshots.checkFiles(snapshotsDir, id, state, made.listDigest, watch);

describe('a copied tree', () => {
  it('has content, rights, times, folders and links of its source, and shares no inode with it (P8)', async () => {
    const to = join(root, `copy-${at}`);
    await copyTree(source, to, root, watch);
    expect(readFileSync(join(to, 'base', 'table')).equals(readFileSync(join(source, 'base', 'table')))).toBe(true);
    expect(readdirSync(join(to, 'base')).sort()).toEqual(['empty', 'table']);
    expect(readlinkSync(join(to, 'link'))).toBe('/nowhere/at/all');
    for (const entry of ['base', 'secret', 'base/table']) {
      const [from, made] = [statSync(join(source, entry)), statSync(join(to, entry))];
      expect([made.mode, made.uid, made.gid, Math.round(made.mtimeMs)]).toEqual([from.mode, from.uid, from.gid, Math.round(from.mtimeMs)]);
      expect(made.ino).not.toBe(from.ino);
    }
    expect(statSync(join(to, 'secret')).nlink).toBe(1);
    expect(statSync(join(to, 'secret')).ino).not.toBe(statSync(join(to, 'also-secret')).ino);
  });

  it('shares an inode only of files that nothing writes again, and copies them on another file system (P8)', async () => {
    const link = (path: string) => path === 'base/table';
    const near = join(root, `near-${at}`);
    mkdirSync(near);
    await copyTree(source, join(near, 'data'), near, { ...watch, link });
    const inodeOf = (...path: string[]) => statSync(join(...path)).ino;
    expect(inodeOf(near, 'data/base/table')).toBe(inodeOf(source, 'base/table'));
    expect(inodeOf(near, 'data/secret')).not.toBe(inodeOf(source, 'secret'));
    const far = mkdtempSync('/dev/shm/drydock-trees-');
    try {
      await copyTree(source, join(far, 'data'), far, { ...watch, link });
      expect(readFileSync(join(far, 'data/base/table')).equals(readFileSync(join(source, 'base/table')))).toBe(true);
    } finally {
      rmSync(far, { recursive: true });
    }
  });

  it('leaves out what is skipped, and ends between two pieces when it is given up', async () => {
    const to = join(root, `copy-${at}`);
    await copyTree(source, to, root, { ...watch, skip: (relative) => relative === 'base/table' || relative.includes('secret') });
    expect([readdirSync(to).sort(), readdirSync(join(to, 'base'))]).toEqual([['base', 'link'], ['empty']]);
    await expect(copyTree(source, `${to}-2`, root, { ...watch, signal: AbortSignal.abort() })).rejects.toMatchObject({
      failure: { code: 'aborted' },
    });
  });

  it('is never written outside the folder that it belongs to, not even through a link', async () => {
    const [folder, outside] = [join(root, `folder-${at}`), join(root, `outside-${at}`)];
    mkdirSync(folder);
    mkdirSync(outside);
    symlinkSync(outside, join(folder, 'wal'));
    await expect(copyTree(join(source, 'secret'), join(folder, 'wal', 'secret'), folder, watch)).rejects.toThrow('points outside');
    expect(readdirSync(outside)).toEqual([]);
  });
});

describe('a snapshot folder', () => {
  it('names the run that made it, also where its manifest was written by 0.1, which left that to the id', async () => {
    await take();
    const { run, ...old } = manifest({ id: 'r-7-0123456789.db-1' });
    await diskSnapshots.makeRemains(snapshotsDir, old.id, 'partial');
    await diskSnapshots.completeSnapshot(snapshotsDir, old as SnapshotManifest);
    expect(await diskSnapshots.snapshotsSeen(snapshotsDir)).toMatchObject([{ id: old.id, run: 'r-7-0123456789' }]);
    await diskSnapshots.removeSnapshot(snapshotsDir, old.id);
    await diskSnapshots.dropRemains(snapshotsDir, id, 'partial');
    await diskSnapshots.completeSnapshot(snapshotsDir, await take().then((made) => ({ ...made, run, hop: 'h2' })));
    expect(await diskSnapshots.snapshotsSeen(snapshotsDir)).toMatchObject([{ id, run, hop: 'h2' }]);
    await diskSnapshots.removeSnapshot(snapshotsDir, id);
  });

  it('is complete by a rename alone, and what is half made is no snapshot (P8)', async () => {
    const made = await take();
    expect(await diskSnapshots.snapshotsSeen(snapshotsDir)).toEqual([]);
    expect((await diskSnapshots.snapshotRemains(snapshotsDir)).map(({ id: name, kind }) => [name, kind])).toEqual([[id, 'partial']]);
    await diskSnapshots.completeSnapshot(snapshotsDir, made);
    expect(await diskSnapshots.snapshotsSeen(snapshotsDir)).toEqual([made]);
    expect(await diskSnapshots.snapshotRemains(snapshotsDir)).toEqual([]);
    expect(await check(made)).toBeNull();
    await diskSnapshots.keepSnapshot(snapshotsDir, id, 99);
    expect((await diskSnapshots.snapshotsSeen(snapshotsDir))[0]?.expiresAtMs).toBe(99);
    await diskSnapshots.removeSnapshot(snapshotsDir, id);
    expect(readdirSync(snapshotsDir)).toEqual([]);
  });

  it('cut short while it is removed it is remains, and goes with them', async () => {
    await diskSnapshots.completeSnapshot(snapshotsDir, await take());
    // A name that the removal gives it before anything of it goes.
    mkdirSync(join(snapshotsDir, `${id}.removed`));
    expect((await diskSnapshots.snapshotRemains(snapshotsDir)).map(({ kind }) => kind)).toEqual(['partial']);
    await diskSnapshots.dropRemains(snapshotsDir, id, 'partial');
    expect(readdirSync(snapshotsDir)).toEqual([id]);
  });

  it.each([
    ['a flipped byte', (path: string) => writeFileSync(path, Buffer.concat([Buffer.alloc(2_999_999, 7), Buffer.of(8)])), 'was changed'],
    ['a missing file', (path: string) => rmSync(path), 'is missing'],
    ['a shorter file', (path: string) => truncateSync(path, 10), 'has 10 bytes'],
    ['a file too many', (path: string) => writeFileSync(`${path}-2`, ''), 'does not belong'],
    ['another list', (path: string) => writeFileSync(join(path, '../../../../files.jsonl'), ''), 'list of its files'],
  ] as const)('is found out with %s (P8)', async (_, harm, says) => {
    const made = await take();
    await diskSnapshots.completeSnapshot(snapshotsDir, made);
    harm(join(diskSnapshots.snapshotPath(snapshotsDir, id), 'data', 'base', 'table'));
    expect(await check(made)).toContain(says);
  });

  it('that was not proven is still known by sizes', async () => {
    const made = await take(false);
    expect(await check(made, 'partial')).toBeNull();
    truncateSync(join(diskSnapshots.remainsPath(snapshotsDir, id, 'partial'), 'content', 'data', 'base', 'table'), 5);
    expect(await check(made, 'partial')).toContain('has 5 bytes');
  });
});

describe('promised space', () => {
  it('counts for no other account on the same file system until it is used or let go (P8)', async () => {
    const { space, reserve } = createReservations();
    const { freeBytes } = await space(root);
    const most = Math.floor(freeBytes * 0.6);
    const wanted = { what: 'a snapshot', bytes: most, inodes: 10, spare: false };
    const first = await reserve(join(root, 'not', 'there', 'yet'), wanted);
    await expect(reserve(root, wanted)).rejects.toMatchObject({ failure: { class: 'refused', code: 'space-short' } });
    expect((await space(root)).freeBytes).toBeLessThan(freeBytes - most * 0.9);
    first.used(most, 10);
    expect((await space(root)).freeBytes).toBeGreaterThan(freeBytes * 0.9);
    first.release();
    const [one, two] = await Promise.allSettled([reserve(root, wanted), reserve(root, wanted)]);
    expect([one.status, two.status]).toEqual(['fulfilled', 'rejected']);
    expect(existsSync(join(root, 'not'))).toBe(false);
  });

  it('beside a database is granted up to the room that is told, and leaves the reserve of the file system (P8)', async () => {
    const { space, room, reserve } = createReservations();
    const { blocks, bsize } = statfsSync(root);
    const spareBytes = Math.min(1024 ** 3, Math.floor(blocks * bsize * 0.05));
    const [free, reported] = [await space(root), await room(root)];
    // Others write to this file system meanwhile.
    const slackBytes = spareBytes / 4;
    expect(Math.abs(free.freeBytes - reported.freeBytes - spareBytes)).toBeLessThan(slackBytes);
    const wanted = (bytes: number) => ({ what: 'a snapshot', bytes, inodes: 10, spare: true });
    await expect(reserve(root, wanted(reported.freeBytes + slackBytes))).rejects.toMatchObject({ failure: { code: 'space-short' } });
    (await reserve(root, wanted(reported.freeBytes - slackBytes))).release();
  });

  it('that fits only without the reserve is granted to who need not leave it, and refused beside a database (P8)', async () => {
    const { room, reserve } = createReservations();
    const { blocks, bsize, files } = statfsSync(root);
    const reported = await room(root);
    // A quarter of the reserve into it: others write to this file system meanwhile.
    const intoBytes = reported.freeBytes + Math.min(1024 ** 3, Math.floor(blocks * bsize * 0.05)) / 4;
    const intoInodes = reported.freeInodes + Math.floor(Math.min(1000, Math.floor(files * 0.05)) / 4);
    const wants = [{ bytes: intoBytes, inodes: 10 }, ...(files === 0 ? [] : [{ bytes: 10, inodes: intoInodes }])];
    for (const want of wants) {
      const beside = { ...want, what: 'a snapshot', spare: true };
      await expect(reserve(root, beside)).rejects.toMatchObject({ failure: { class: 'refused', code: 'space-short' } });
      (await reserve(root, { ...beside, spare: false })).release();
    }
  });
});
