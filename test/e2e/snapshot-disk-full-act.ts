/** Run by snapshot-disk-full.slow.test.ts in a mount namespace of its own: snapshots on small real file systems, and what came of them. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createReservations } from '../../agent/host/reservations.ts';
import { diskSnapshots } from '../../agent/host/snapshots.ts';
import { copyNeed, copyTree } from '../../agent/host/trees.ts';
import { instanceOf } from '../../agent/instance.ts';
import { foldEntries } from '../../agent/journal/agent-machine.ts';
import { carryOutSnapshot } from '../../agent/orders/executor-snapshot.ts';
import type { OrderRun } from '../../agent/orders/order-run.ts';
import { systemClock } from '../../common/clock.ts';
import type { DriverSnapshots } from '../../common/driver.ts';
import { toFailure } from '../../common/failure.ts';
import { instance, orderOf } from '../agent/world.ts';
import { VirtualClock } from '../twins/clock.ts';
import { DriverTwin } from '../twins/driver.ts';
import { HostTwin } from '../twins/host.ts';

const [folder = '', what = ''] = process.argv.slice(2);
const mebi = 1024 * 1024;

function mountNew(name: string, sizeMebi: number, make: readonly [string, ...string[]]): string {
  const [image, place] = [join(folder, `${name}.img`), join(folder, name)];
  execFileSync('truncate', ['--size', `${sizeMebi}M`, image]);
  execFileSync(make[0], [...make.slice(1), image], { stdio: 'ignore' });
  mkdirSync(place);
  execFileSync('mount', ['-o', 'loop', image, place]);
  return place;
}

function fill(dataDir: string, files: number, bytesEach: number): void {
  mkdirSync(join(dataDir, 'base'), { recursive: true });
  for (let at = 0; at < files; at++) writeFileSync(join(dataDir, 'base', `table-${at}`), Buffer.alloc(bytesEach, at));
}

/** A database that goes on writing beside the copy: its last write tells whether it was hurt. */
const stillWrites = (dataDir: string): boolean => {
  writeFileSync(join(dataDir, 'wal'), Buffer.alloc(mebi, 1), { flush: true });
  return statSync(join(dataDir, 'wal')).size === mebi;
};

/** `need` is what the driver says: less than the truth, as when the database grew after it was measured. */
async function take(root: string, need: 'measured' | { readonly bytes: number; readonly inodes: number }) {
  const [dataDir, snapshotsDir] = [join(root, 'data'), join(root, 'snapshots')];
  const { space, room, reserve } = createReservations();
  const host = Object.assign(new HostTwin({ clock: new VirtualClock() }), diskSnapshots, { space, room, reserve });
  host.addUnit('db', instance.releasesDir, '16.4');
  const driver = new DriverTwin({ host });
  const snapshots: DriverSnapshots = {
    ...driver.snapshots,
    need: async (_, measure) => (need === 'measured' ? measure(dataDir) : { ...need, method: 'copy' }),
  };
  const order = orderOf({ kind: 'snapshot', verify: 'list', needBytes: 1, needInodes: 1 });
  const state = foldEntries([{ type: 'accepted', order }]);
  if (state === null || order.body.kind !== 'snapshot') throw new Error('no state');
  const vantage = { host, clock: systemClock, signal: new AbortController().signal };
  const run: OrderRun = {
    order,
    instance: instanceOf({ ...instance, dataDir, snapshotsDir }, Object.assign(driver, { snapshots }), vantage),
    ...vantage,
    leftDown: () => false,
    cancelled: new AbortController().signal,
    state: () => state,
    record: () => {},
    now: () => ({ wallMs: systemClock.wallMs(), ranMs: 0, spanMs: 0 }),
    progress: () => {},
    engineTakes: (work) => work,
  };
  const ended = await carryOutSnapshot(run, order.body).then(
    ({ outcome, failure }) => ({ outcome, code: failure?.code ?? null }),
    (thrown: unknown) => {
      const failure = toFailure(thrown);
      return { outcome: failure.class === 'refused' ? 'refused' : 'failed', code: failure.code };
    },
  );
  const { bavail, bsize, ffree } = statfsSync(root);
  return {
    outcome: ended.outcome,
    code: ended.code,
    left: existsSync(snapshotsDir) ? readdirSync(snapshotsDir) : [],
    freeMebi: Math.floor((bavail * bsize) / mebi),
    freeInodes: ffree,
    stillWrites: stillWrites(dataDir),
  };
}

async function fullDisks(): Promise<Record<string, unknown>> {
  const roomy = mountNew('roomy', 64, ['mkfs.ext4', '-q', '-m', '0']);
  fill(join(roomy, 'data'), 8, 4 * mebi);
  const short = await take(roomy, 'measured');
  const midway = await take(roomy, { bytes: mebi, inodes: 10 });
  const few = mountNew('few', 64, ['mkfs.ext4', '-q', '-m', '0', '-N', '512']);
  fill(join(few, 'data'), 300, 10);
  const inodesShort = await take(few, 'measured');
  const inodesMidway = await take(few, { bytes: mebi, inodes: 10 });
  const fitting = mountNew('fitting', 64, ['mkfs.ext4', '-q', '-m', '0']);
  fill(join(fitting, 'data'), 4, 4 * mebi);
  return { short, midway, inodesShort, inodesMidway, fits: await take(fitting, 'measured') };
}

/** Against `cp -a` on the same file system; both after a flush, the copy's own flush included. */
async function sharedBlocks(kind: 'xfs' | 'btrfs') {
  const root = mountNew(kind, 600, kind === 'xfs' ? ['mkfs.xfs', '-q', '-m', 'reflink=1'] : ['mkfs.btrfs', '-q']);
  const dataDir = join(root, 'data');
  fill(dataDir, 10, 20 * mebi);
  execFileSync('sync', ['-f', root]);
  const need = await copyNeed(dataDir, root);
  const usedBefore = used(root);
  const copyMs = await timed(
    () => copyTree(dataDir, join(root, 'copy'), root, { signal: new AbortController().signal, onBytes: () => {} }),
    root,
  );
  const grewMebi = (used(root) - usedBefore) / mebi;
  const byHandMs = await timed(async () => void spawnSync('cp', ['-a', '--reflink=never', dataDir, join(root, 'by-hand')]), root);
  const table = (name: string) => join(root, name, 'base', 'table-3');
  const inodesApart = statSync(table('data')).ino !== statSync(table('copy')).ino && statSync(table('copy')).nlink === 1;
  writeFileSync(table('data'), Buffer.alloc(20 * mebi, 99));
  const unchanged = readFileSync(table('copy')).every((byte) => byte === 3);
  return { method: need.method, needMebi: need.bytes / mebi, grewMebi, ratio: copyMs / byHandMs, copyMs, byHandMs, inodesApart, unchanged };
}

async function timed(act: () => Promise<void>, root: string): Promise<number> {
  const begunMs = performance.now();
  await act();
  execFileSync('sync', ['-f', root]);
  return performance.now() - begunMs;
}

function used(root: string): number {
  execFileSync('sync', ['-f', root]);
  const { blocks, bfree, bsize } = statfsSync(root);
  return (blocks - bfree) * bsize;
}

const results = what === 'full' ? await fullDisks() : await sharedBlocks(what === 'btrfs' ? 'btrfs' : 'xfs');
console.log(JSON.stringify(results));
