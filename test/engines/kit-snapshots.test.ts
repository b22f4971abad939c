/** Strategies of snapshots in the kit, on a real file system: what is taken, and what a comparison finds out about a snapshot that was damaged (M46, M28). */
import { appendFile, link, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { copyNeed, copyTree } from '../../agent/host/trees.ts';
import { systemClock } from '../../common/clock.ts';
import type { DriverContext, DriverSnapshots, SnapshotFolder, SnapshotMade } from '../../common/driver.ts';
import { fail } from '../../common/failure.ts';
import { copiedTrees } from '../../engines/kit/host/snapshots/copied-trees.ts';
import { type LinkedTree, linkedByServer } from '../../engines/kit/host/snapshots/linked-by-server.ts';
import { snapshotsBy } from '../../engines/kit/host/snapshots/snapshots.ts';
import { streamedFile } from '../../engines/kit/host/snapshots/streamed-file.ts';
import { realHost } from '../contract/real-host.ts';
import { unpriced } from '../contract/unpriced.ts';

let dir: string;
let runs: boolean;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-kit-snapshots-'));
  runs = false;
  for (const folder of ['data/tables', 'elsewhere', 'snapshots', 'snapshot', 'scratch'])
    await mkdir(join(dir, folder), { recursive: true });
  await writeFile(join(dir, 'data/tables/one.db'), 'x'.repeat(3_000_000));
  await writeFile(join(dir, 'data/log'), 'first');
  await writeFile(join(dir, 'elsewhere/wal'), 'second');
});
afterEach(() => rm(dir, { recursive: true }));

const context = (): DriverContext =>
  unpriced({
    settings: {
      instance: 'db-1',
      cluster: 'main',
      engine: 'toy',
      dataDir: join(dir, 'data'),
      releasesDir: join(dir, 'releases'),
      unit: 'toy.service',
      snapshotsDir: join(dir, 'snapshots'),
      connection: {},
    },
    host: realHost(async () => ({ active: runs, invocationId: null, pid: null })),
    clock: systemClock,
    signal: new AbortController().signal,
    currentRelease: null,
  });

const folderAt = (path: string): SnapshotFolder => ({
  path,
  copy: (from, to, options = {}) =>
    copyTree(from, join(path, to), path, { ...options, signal: new AbortController().signal, onBytes: () => {} }),
  write: (relative, text) => writeFile(join(path, relative), text),
  progress() {},
});
const at = (relative: string): string => join(dir, 'snapshot', relative);
const taken = (snapshots: DriverSnapshots): Promise<SnapshotMade> => snapshots.take(context(), folderAt(at('.')));

async function verified(snapshots: DriverSnapshots, made: SnapshotMade, depth: 'list' | 'restore-compare') {
  const scratch = await mkdtemp(join(dir, 'scratch', 'copy-'));
  return snapshots.verify(context(), folderAt(at('.')), made, depth, folderAt(scratch));
}

const described = { version: '1.0', role: 'member', position: 'all of it', notes: {} };
const stopped = async () => ({ check: 'stopped', ok: !runs, detail: runs ? 'it still answers' : 'nothing answers' });
const copied = snapshotsBy(
  copiedTrees({
    trees: async ({ settings }) => [
      { path: settings.dataDir, folder: 'data', skip: (path) => path === 'lock' },
      { path: join(dir, 'elsewhere'), folder: 'wal' },
    ],
    stopped,
    describe: async () => described,
  }),
  async () => [],
);

describe('trees that are copied while nothing runs', () => {
  it('P8 all of them go along, and a comparison of a restored copy finds them the same', async () => {
    await writeFile(join(dir, 'data/lock'), 'of the server');
    const made = await taken(copied);
    expect(made.places).toEqual([
      { folder: 'data', path: join(dir, 'data') },
      { folder: 'wal', path: join(dir, 'elsewhere') },
    ]);
    expect(await readdir(at('data'))).toEqual(['log', 'tables']);
    expect(await readFile(at('wal/wal'), 'utf8')).toBe('second');
    expect(await verified(copied, made, 'list')).toMatchObject({ check: 'snapshot-list', ok: true });
    expect(await verified(copied, made, 'restore-compare')).toEqual({
      check: 'snapshot-restored',
      ok: true,
      detail: 'restored, 3 files are identical to those of the stopped instance',
    });
  });

  it('P8 the need is that of all trees', async () => {
    const need = await copied.need(context(), (from, skip) => copyNeed(from, join(dir, 'snapshots'), skip));
    expect(need.inodes).toBe(6);
    if (need.method === 'copy') expect(need.bytes).toBeGreaterThan(3_000_000);
  });

  it.each([
    ['a byte of a file is another one', () => flip(at('data/tables/one.db')), /tables\/one\.db differs/],
    ['a file was cut off', () => writeFile(at('data/log'), 'fi'), /log differs/],
    ['a file is gone', () => rm(at('data/tables/one.db')), /tables\/one\.db differs/],
    ['a file was added', () => writeFile(at('data/more'), ''), /more differs/],
    ['a folder is gone', () => rm(at('wal'), { recursive: true }), /wal is missing/],
  ])('M28 a snapshot is refused of which %s', async (_, damage, why) => {
    const made = await taken(copied);
    await damage();
    const finding = await verified(copied, made, 'restore-compare');
    expect(finding).toMatchObject({ check: 'snapshot-restored', ok: false });
    expect(finding.detail).toMatch(why);
  });

  it('P8 none is taken while the instance runs, and none is compared then', async () => {
    const made = await taken(copied);
    runs = true;
    await rm(at('.'), { recursive: true });
    await expect(taken(copied)).rejects.toMatchObject({ failure: { code: 'still-running' } });
    await mkdir(at('data'), { recursive: true });
    await mkdir(at('wal'));
    await expect(verified(copied, made, 'restore-compare')).rejects.toMatchObject({ failure: { code: 'still-running' } });
  });
});

/** One byte in the middle of it. */
async function flip(path: string): Promise<void> {
  const bytes = await readFile(path);
  bytes[bytes.length - 7] = 0;
  await writeFile(path, bytes);
}

describe('hard links that the server makes', () => {
  let fails = false;
  const links = () => join(dir, 'data/tables/snapshots/drydock');
  const linked = snapshotsBy(
    linkedByServer<LinkedTree>({
      trees: async ({ settings }) => [{ path: settings.dataDir, skip: (path) => path.endsWith('snapshots') }],
      async link() {
        await mkdir(links(), { recursive: true });
        await link(join(dir, 'data/tables/one.db'), join(links(), 'one.db'));
        await writeFile(join(links(), 'schema.txt'), 'for people');
        if (fails) throw fail('failed', 'no-answer', 'it does not answer');
      },
      unlink: () => rm(links(), { recursive: true, force: true }),
      linked: async () => ((await readdir(links()).catch(() => [])).length === 0 ? [] : [{ from: links(), to: 'tables' }]),
      leftOut: (path) => path === 'schema.txt',
      isNeverRewritten: (path) => path.endsWith('.db'),
      describe: async (_, trees) => ({ ...described, position: `${trees.length} folders` }),
      listed: async ({ made }) => [true, made.position],
      compared: 'one member alone shows little',
    }),
    'it is made anew from the others',
  );

  it('P8 become ours where nothing writes again, none stays with the server, and links cost no blocks', async () => {
    fails = false;
    const need = await linked.need(context(), (from, skip) => copyNeed(from, join(dir, 'snapshots'), skip));
    expect(need).toMatchObject({ method: 'reflink', inodes: 4, bytes: 4 * 4096 });
    expect(await taken(linked)).toMatchObject({ position: '1 folders' });
    expect(await readdir(at('tables'))).toEqual(['one.db']);
    expect((await stat(at('tables/one.db'))).ino).toBe((await stat(join(dir, 'data/tables/one.db'))).ino);
    await expect(stat(links())).rejects.toThrow('ENOENT');
  });

  it('P8 are dropped when it fails on the way, and what an attempt before left behind does not get in', async () => {
    fails = true;
    await expect(taken(linked)).rejects.toThrow('it does not answer');
    await expect(stat(links())).rejects.toThrow('ENOENT');
    fails = false;
    await mkdir(links(), { recursive: true });
    await symlink('nowhere', join(links(), 'old'));
    await taken(linked);
    expect(await readdir(at('tables'))).toEqual(['one.db']);
  });

  it('P9 a comparison that is not made is unknown, and a restore that is not offered is refused', async () => {
    fails = false;
    const made = await taken(linked);
    expect(await verified(linked, made, 'restore-compare')).toMatchObject({ ok: null, detail: 'one member alone shows little' });
    await expect(linked.prepareRestored(context(), join(dir, 'beside'), made)).rejects.toMatchObject({ failure: { code: 'no-restore' } });
  });
});

describe('a file that the server streams', () => {
  const sealOf = async (path: string) => {
    const [text, seal] = (await readFile(path, 'utf8')).split('#');
    if (seal === undefined) throw fail('failed', 'snapshot-unreadable', `${path} has no seal`);
    return { text: text ?? '', seal };
  };
  const streamed = snapshotsBy(
    streamedFile<{ readonly text: string; readonly seal: string }>({
      file: 'all.db',
      bytes: async () => 1_000,
      async save(_, path) {
        await writeFile(path, 'first#5');
        return { ...described, notes: { seal: '5' } };
      },
      seal: (_, path) => sealOf(path),
      matches: ({ seal }, notes) => [seal === notes.seal, `its seal is ${seal}, taken was ${notes.seal}`],
      async compare({ settings }, _, { text }) {
        const running = await readFile(join(settings.dataDir, 'log'), 'utf8');
        return [text === running, `restored it holds ${text}, the server ${running}`];
      },
    }),
    'all members are restored by hand',
  );

  it('P8 takes room for what it grows by, is known by its seal, and holds what runs', async () => {
    expect(await streamed.need(context(), async () => ({ bytes: 0, inodes: 0, method: 'copy' }))).toEqual({
      bytes: 1_100,
      inodes: 4,
      method: 'copy',
    });
    const made = await taken(streamed);
    expect(await verified(streamed, made, 'list')).toMatchObject({ ok: true });
    expect(await verified(streamed, made, 'restore-compare')).toMatchObject({
      ok: true,
      detail: 'restored it holds first, the server first',
    });
  });

  it.each([
    ['its seal is another one', () => writeFile(at('all.db'), 'first#6'), 'its seal is 6, taken was 5'],
    ['it was cut off', () => writeFile(at('all.db'), 'fir'), 'all.db has no seal'],
    ['it holds something else under the same seal', () => writeFile(at('all.db'), 'other#5'), 'restored it holds other'],
  ])('M28 is refused when %s', async (_, damage, why) => {
    const made = await taken(streamed);
    await damage();
    const finding = await verified(streamed, made, 'restore-compare');
    expect(finding.ok).toBe(false);
    expect(finding.detail).toContain(why);
  });

  it('M28 is refused when the server went on since', async () => {
    const made = await taken(streamed);
    await appendFile(join(dir, 'data/log'), ' and more');
    expect(await verified(streamed, made, 'restore-compare')).toMatchObject({ ok: false });
  });
});

describe('what a comparison left running', () => {
  const tidied: string[] = [];
  const failing = (code: string) =>
    snapshotsBy(
      {
        need: async () => ({ bytes: 0, inodes: 0, method: 'copy' }),
        take: async () => ({ ...described, places: [] }),
        listed: async () => [true, 'all is there'],
        compared: async () => {
          throw fail('failed', code, 'the copy did not start');
        },
        tidy: async ({ signal }, scratch) => void tidied.push(`${signal.aborted} ${scratch.startsWith(join(dir, 'scratch'))}`),
      },
      async () => [],
    );

  it('P8 is ended whatever happens; what cannot be restored is a finding, a full disk is none', async () => {
    const made: SnapshotMade = { ...described, places: [] };
    expect(await verified(failing('no-start'), made, 'restore-compare')).toMatchObject({ ok: false, detail: 'the copy did not start' });
    await expect(verified(failing('space-short'), made, 'restore-compare')).rejects.toMatchObject({ failure: { code: 'space-short' } });
    expect(tidied).toEqual(['false true', 'false true']);
  });
});
