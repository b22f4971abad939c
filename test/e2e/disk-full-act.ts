/** Run by disk-full.test.ts in a mount namespace of its own: stages releases onto a small real filesystem and prints what came of it. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { create } from 'tar';
import { diskReleases } from '../../agent/host/releases.ts';
import { spaceOf } from '../../agent/host/space.ts';
import { instanceOf } from '../../agent/instance.ts';
import { foldEntries } from '../../agent/journal/agent-machine.ts';
import type { OrderRun } from '../../agent/orders/order-run.ts';
import { carryOutStage } from '../../agent/orders/staging.ts';
import { systemClock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import { instance, orderOf } from '../agent/world.ts';
import { VirtualClock } from '../twins/clock.ts';
import { DriverTwin } from '../twins/driver.ts';
import { HostTwin } from '../twins/host.ts';

const [folder = ''] = process.argv.slice(2);
const smallDisk = join(folder, 'small');
mkdirSync(smallDisk);
execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=3m,nr_inodes=64', 'tmpfs', smallDisk]);

const releasesDir = join(smallDisk, 'releases');
mkdirSync(join(releasesDir, '16.4'), { recursive: true });
writeFileSync(join(releasesDir, '16.4', '.drydock-release'), '{"bundle":"by hand"}\n');
symlinkSync('16.4', join(releasesDir, 'current'));
const host = Object.assign(new HostTwin({ clock: new VirtualClock() }), diskReleases, { space: spaceOf });
host.addUnit('db', releasesDir, '16.4');

async function packed(files: number, bytesEach: number): Promise<Buffer> {
  const source = mkdtempSync(join(folder, 'pack-'));
  for (let at = 0; at < files; at++) writeFileSync(join(source, `file-${at}`), Buffer.alloc(bytesEach, at));
  const file = `${source}.tar`;
  await create({ file, cwd: source, portable: true }, readdirSync(source));
  return readFileSync(file);
}

/** The order claims that it needs next to nothing, as after a wrong measurement: the disk fills up in the middle. */
async function stage(archive: Buffer) {
  const order = orderOf({ kind: 'observe', checks: [], nonce: '' }, { deadlineMs: 60_000 });
  const now = () => ({ wallMs: systemClock.wallMs(), ranMs: 0, spanMs: 0 });
  const vantage = { host, clock: systemClock, signal: new AbortController().signal };
  const run: OrderRun = {
    order,
    instance: instanceOf({ ...instance, releasesDir }, new DriverTwin({ host }), vantage),
    ...vantage,
    leftDown: () => false,
    cancelled: new AbortController().signal,
    state: () => {
      const state = foldEntries([{ type: 'accepted', order }]);
      if (state === null) throw new Error('no state');
      return state;
    },
    record: () => {},
    now,
    progress: () => {},
    engineTakes: (work) => work,
  };
  const digest = `sha256:${createHash('sha256').update(archive).digest('hex')}`;
  const artifact = { role: 'server', digest, sizeBytes: archive.length, unpackedBytes: 1, unpackedInodes: 1 } as const;
  const bundle = { engine: 'twin', version: '16.14', arch: 'x64', artifacts: [artifact], release: '16.14-abc' };
  async function* read(_digest: string, offset: number) {
    for (let from = offset; from < archive.length; from += 65_536) yield archive.subarray(from, Math.min(archive.length, from + 65_536));
  }
  try {
    const ending = await carryOutStage(run, { kind: 'stage', bundle, needBytes: 1, needInodes: 1 }, { read });
    return { outcome: ending.outcome, code: ending.failure?.code ?? null, message: ending.failure?.message ?? '' };
  } catch (thrown) {
    const { code, message } = toFailure(thrown);
    return { outcome: 'failed', code, message };
  }
}

const results: Record<string, unknown> = {};
for (const [name, archive] of [
  ['download', await packed(1, 4_000_000)],
  ['unpack', await packed(1, 1_800_000)],
  ['inodes', await packed(200, 10)],
] as const)
  results[name] = {
    ...(await stage(archive)),
    left: readdirSync(releasesDir).sort(),
    current: readlinkSync(join(releasesDir, 'current')),
    oldIsWhole: existsSync(join(releasesDir, '16.4', '.drydock-release')),
  };
results.fits = await stage(await packed(2, 10_000));
console.log(JSON.stringify(results));
