/** Snapshot folders on the disk. */
import { chmod, mkdir, readdir, readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Of } from '../../common/canonical-json.ts';
import { fail } from '../../common/failure.ts';
import { makeFolder } from '../../common/files.ts';
import { manifestSchema, type SnapshotManifest } from '../snapshots/manifest.ts';
import { asSpaceShort, flush, flushTree, moveDurably, writeDurably } from './durable.ts';
import type { RemainsKind, Snapshots } from './host.ts';
import { copyNeed, copyTree, exists, listTree, removeTree, type TreeFile } from './trees.ts';

const manifestFile = 'manifest.json';
const listFile = 'files.jsonl';
const content = 'content';

export const diskSnapshots: Omit<Snapshots, 'reserve'> = {
  async snapshotsSeen(snapshotsDir) {
    const seen = await Promise.all((await namesIn(snapshotsDir)).map((name) => manifestOf(snapshotsDir, name)));
    return seen.filter((manifest) => manifest !== null);
  },

  snapshotPath: (snapshotsDir, id) => join(snapshotsDir, id, content),

  async snapshotRemains(snapshotsDir) {
    return (await namesIn(snapshotsDir)).flatMap((name) => {
      const [, id, kind] = /^(.+)\.(partial|scratch|removed)$/.exec(name) ?? [];
      if (id === undefined) return [];
      return [{ id, kind: kind === 'scratch' ? ('scratch' as const) : ('partial' as const), path: join(snapshotsDir, name) }];
    });
  },

  remainsPath,

  async makeRemains(snapshotsDir, id, kind) {
    await makeFolder(snapshotsDir);
    // Whatever the umask: the database's user must get through to what is proven there. What lies in it has its own rights.
    await chmod(snapshotsDir, 0o711);
    await diskSnapshots.dropRemains(snapshotsDir, id, kind);
    const folder = remainsPath(snapshotsDir, id, kind);
    await mkdir(folder, { mode: 0o700 });
    await chmod(folder, kind === 'scratch' ? 0o711 : 0o700);
    if (kind === 'scratch') return folder;
    await mkdir(join(folder, content), { mode: 0o700 });
    return join(folder, content);
  },

  async dropRemains(snapshotsDir, id, kind) {
    await removeTree(remainsPath(snapshotsDir, id, kind));
    if (kind === 'partial') await removeTree(join(snapshotsDir, `${id}.removed`));
  },

  copyNeed: (toFolder) => (from, skip) => copyNeed(from, toFolder, skip),

  copyTree,

  async listPartial(snapshotsDir, id, digests, watch) {
    const folder = remainsPath(snapshotsDir, id, 'partial');
    const files = await listTree(join(folder, content), digests, watch.signal, watch.onBytes);
    const text = files.map((file) => `${JSON.stringify(file)}\n`).join('');
    try {
      await writeDurably(join(folder, listFile), text);
    } catch (error) {
      throw asSpaceShort(error, folder);
    }
    return { bytes: files.reduce((sum, { size }) => sum + size, 0), files: files.length, listDigest: sha256Of(text) };
  },

  async checkFiles(snapshotsDir, id, state, listDigest, watch) {
    const folder = state === 'partial' ? remainsPath(snapshotsDir, id, 'partial') : join(snapshotsDir, id);
    const text = await readFile(join(folder, listFile), 'utf8').catch(() => '');
    if (sha256Of(text) !== listDigest) return 'the list of its files was changed';
    const listed = text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as TreeFile]));
    const withDigests = listed.some(({ digest }) => digest !== null);
    const there = new Map(
      (await listTree(join(folder, content), withDigests, watch.signal, watch.onBytes)).map((file) => [file.path, file]),
    );
    for (const file of listed) {
      const found = there.get(file.path);
      if (found === undefined) return `${file.path} is missing`;
      if (found.size !== file.size) return `${file.path} has ${found.size} bytes, not ${file.size}`;
      if (found.digest !== file.digest) return `the content of ${file.path} was changed`;
      there.delete(file.path);
    }
    const [stranger] = there.keys();
    return stranger === undefined ? null : `${stranger} does not belong to it`;
  },

  async completeSnapshot(snapshotsDir, manifest) {
    const folder = remainsPath(snapshotsDir, manifest.id, 'partial');
    try {
      await flushTree(join(folder, content));
      await writeDurably(join(folder, manifestFile), `${JSON.stringify(manifest)}\n`);
    } catch (error) {
      throw asSpaceShort(error, folder);
    }
    await moveDurably(folder, join(snapshotsDir, manifest.id));
  },

  async keepSnapshot(snapshotsDir, id, expiresAtMs) {
    const manifest = await manifestOf(snapshotsDir, id);
    if (manifest === null) throw fail('not-found', 'no-snapshot', `no complete snapshot ${id} in ${snapshotsDir}`);
    await writeDurably(join(snapshotsDir, id, manifestFile), `${JSON.stringify({ ...manifest, expiresAtMs })}\n`);
  },

  async removeSnapshot(snapshotsDir, id) {
    const place = join(snapshotsDir, id);
    if (!(await exists(place))) return;
    // Under another name it is no snapshot any more, even if the removal is cut short.
    const going = `${place}.removed`;
    await removeTree(going);
    await rename(place, going);
    await flush(snapshotsDir);
    await removeTree(going);
  },
};

function remainsPath(snapshotsDir: string, id: string, kind: RemainsKind): string {
  return join(snapshotsDir, `${id}.${kind}`);
}

/** null: not there, or not complete. */
async function manifestOf(snapshotsDir: string, id: string): Promise<SnapshotManifest | null> {
  try {
    const manifest = manifestSchema.parse(JSON.parse(await readFile(join(snapshotsDir, id, manifestFile), 'utf8')));
    return manifest.id === id ? manifest : null;
  } catch {
    return null;
  }
}

async function namesIn(snapshotsDir: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(snapshotsDir, { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : [])).sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw fail('failed', 'snapshots-unreadable', `snapshots folder ${snapshotsDir} cannot be read: ${(error as Error).message}`);
  }
}
