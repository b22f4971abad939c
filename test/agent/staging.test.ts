/** Staging on real files with real archives; only the source of the bytes and the free space are ours. */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { create, Header } from 'tar';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../../agent/host/host.ts';
import { diskReleases } from '../../agent/host/releases.ts';
import { spaceOf } from '../../agent/host/space.ts';
import { instanceOf } from '../../agent/instance.ts';
import { foldEntries } from '../../agent/journal/agent-machine.ts';
import type { ArtifactSource } from '../../agent/link/controller-artifacts.ts';
import type { Ending, OrderRun } from '../../agent/orders/order-run.ts';
import { carryOutStage } from '../../agent/orders/staging.ts';
import { type Failure, fail, toFailure } from '../../common/failure.ts';
import type { Bundle, OrderBody } from '../../common/orders.ts';
import { VirtualClock } from '../twins/clock.ts';
import { DriverTwin } from '../twins/driver.ts';
import { HostTwin } from '../twins/host.ts';
import { instance, orderOf } from './world.ts';

let dir: string;
let releasesDir: string;
let run: OrderRun;
let host: HostTwin & Host;
let driver: DriverTwin;

type StageBody = Extract<OrderBody, { kind: 'stage' }>;
const release = '16.14-abc';

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-staging-'));
  releasesDir = join(dir, 'releases');
  mkdirSync(join(releasesDir, '16.4'), { recursive: true });
  writeFileSync(join(releasesDir, '16.4', '.drydock-release'), '{"bundle":"by hand"}\n');
  symlinkSync('16.4', join(releasesDir, 'current'));
  const clock = new VirtualClock();
  host = Object.assign(new HostTwin({ clock }), diskReleases, { space: spaceOf });
  host.addUnit('db', releasesDir, '16.4');
  driver = new DriverTwin({ host });
  const settings = { ...instance, releasesDir };
  const order = orderOf({ kind: 'observe', checks: [], nonce: '' }, { deadlineMs: 60_000 });
  // Time passes by the retry's own waiting alone.
  const jumping = { ...clock, wallMs: () => clock.wallMs(), monotonicMs: () => clock.monotonicMs(), after: jump(clock) };
  const vantage = { host, clock: jumping, signal: new AbortController().signal };
  run = {
    order,
    instance: instanceOf(settings, driver, vantage),
    ...vantage,
    leftDown: () => false,
    cancelled: new AbortController().signal,
    state: () => foldEntries([{ type: 'accepted', order }]) ?? raise(),
    record: () => {},
    now: () => ({ wallMs: clock.wallMs(), ranMs: clock.monotonicMs(), spanMs: clock.monotonicMs() }),
    progress: () => {},
    engineTakes: (work) => work,
  };
});

afterEach(() => rmSync(dir, { recursive: true, force: true }));

function raise(): never {
  throw new Error('no state');
}

function jump(clock: VirtualClock) {
  return (delayMs: number, callback: () => void) => {
    void clock.advance(delayMs).then(callback);
    return { cancel: () => {} };
  };
}

async function pack(fill: (folder: string) => void): Promise<Buffer> {
  const folder = mkdtempSync(join(dir, 'pack-'));
  fill(folder);
  const file = `${folder}.tar`;
  await create({ file, cwd: folder, portable: true }, readdirSync(folder));
  return readFileSync(file);
}

const goodRelease = () =>
  pack((folder) => {
    mkdirSync(join(folder, 'bin'));
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'bin', 'server'), '#!/bin/true\n', { mode: 0o755 });
    writeFileSync(join(folder, 'lib', 'lib.so.1'), 'x'.repeat(200_000));
    symlinkSync('lib.so.1', join(folder, 'lib', 'lib.so'));
  });

/** An archive with one hand-made entry, as no honest packer would write it. */
function entryArchive(path: string, type: '0' | '1' | '2' | '3' | '5', linkpath = ''): Buffer {
  const block = Buffer.alloc(512);
  const names = { 0: 'File', 1: 'Link', 2: 'SymbolicLink', 3: 'CharacterDevice', 5: 'Directory' } as const;
  new Header({ path, type: names[type], linkpath, mode: 0o644, size: 0, uid: 0, gid: 0, mtime: new Date(0) }).encode(block, 0);
  return Buffer.concat([block, Buffer.alloc(1024)]);
}

const digestOf = (bytes: Uint8Array) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

function stageOf(archive: Uint8Array, more: Partial<Bundle> = {}): StageBody {
  const artifact = { role: 'server', digest: digestOf(archive), sizeBytes: archive.length, unpackedBytes: 1, unpackedInodes: 1 } as const;
  const bundle: Bundle = { engine: 'twin', version: '16.14', arch: 'x64', artifacts: [artifact], release, ...more };
  return { kind: 'stage', bundle, needBytes: 1_000, needInodes: 10 };
}

interface Recorded extends ArtifactSource {
  readonly offsets: number[];
}

/** Gives these bytes in pieces; `interrupt` may throw after so many bytes of one reading. */
function sourceOf(bytes: Uint8Array, interrupt: (sent: number, reading: number) => void = () => {}): Recorded {
  const offsets: number[] = [];
  return {
    offsets,
    async *read(_digest, offset) {
      offsets.push(offset);
      for (let from = offset; from < bytes.length; from += 10_000) {
        interrupt(from - offset, offsets.length);
        yield bytes.subarray(from, Math.min(bytes.length, from + 10_000));
      }
    },
  };
}

const stage = (body: StageBody, source: ArtifactSource): Promise<Ending> => carryOutStage(run, body, source);

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error('it did not fail');
}

function expectUntouched(): void {
  expect(
    readdirSync(releasesDir)
      .filter((name) => !name.startsWith('.'))
      .sort(),
  ).toEqual(['16.4', 'current']);
}

function leftInStaging(): string[] {
  return readdirSync(join(releasesDir, '.staging'));
}

describe('staging', () => {
  it('puts a verified release beside the one that runs, complete and not yet current (P6 P7)', async () => {
    const archive = await goodRelease();
    const ending = await stage(stageOf(archive), sourceOf(archive));
    expect(ending.outcome).toBe('done');
    expect(readFileSync(join(releasesDir, release, 'bin', 'server'), 'utf8')).toBe('#!/bin/true\n');
    expect(lstatSync(join(releasesDir, release, 'bin', 'server')).mode & 0o777).toBe(0o755);
    expect(await diskReleases.releasesSeen(releasesDir)).toEqual({ current: '16.4', previous: null, installed: [release, '16.4'] });
    expect(leftInStaging()).toEqual([]);
  });

  it('is done at once when the release is there already', async () => {
    const archive = await goodRelease();
    await stage(stageOf(archive), sourceOf(archive));
    const again = sourceOf(archive);
    expect((await stage(stageOf(archive), again)).outcome).toBe('done');
    expect(again.offsets).toEqual([]);
  });

  it('goes on from where it was interrupted, and the whole is what is verified (P6)', async () => {
    const archive = await goodRelease();
    const source = sourceOf(archive, (sent, reading) => {
      if (sent >= 50_000 && reading < 4) throw fail('unreachable', 'fetch-interrupted', 'cut', { remedy: 'retry' });
    });
    expect((await stage(stageOf(archive), source)).outcome).toBe('done');
    expect(source.offsets).toEqual([0, 50_000, 100_000, 150_000]);
  });

  it('takes up what an attempt before it left behind', async () => {
    const archive = await goodRelease();
    const cut = sourceOf(archive, (sent) => {
      if (sent >= 30_000) throw fail('timeout', 'deadline-passed', 'out of time');
    });
    expect((await failureOf(stage(stageOf(archive), cut))).code).toBe('deadline-passed');
    const rest = sourceOf(archive);
    expect((await stage(stageOf(archive), rest)).outcome).toBe('done');
    expect(rest.offsets).toEqual([30_000]);
  });

  it('does not trust what it finds in a partial file: a changed beginning is found out (P6)', async () => {
    const archive = await goodRelease();
    const body = stageOf(archive);
    const partial = await diskReleases.openPartial(releasesDir, body.bundle.artifacts[0]?.digest ?? '');
    await partial.write(Buffer.alloc(20_000, 7));
    await partial.close();
    expect((await failureOf(stage(body, sourceOf(archive)))).code).toBe('digest-mismatch');
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
  });

  it('refuses bytes that are not what the digest says, and removes them (P6)', async () => {
    const archive = await goodRelease();
    const tampered = Buffer.from(archive);
    tampered.writeUInt8(tampered.readUInt8(2_000) ^ 1, 2_000);
    const why = await failureOf(stage(stageOf(archive), sourceOf(tampered)));
    expect(why).toMatchObject({ class: 'refused', code: 'digest-mismatch' });
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
  });

  it('refuses more bytes than the release has', async () => {
    const archive = await goodRelease();
    const why = await failureOf(stage(stageOf(archive), sourceOf(Buffer.concat([archive, Buffer.alloc(1)]))));
    expect(why.code).toBe('digest-mismatch');
    expect(leftInStaging()).toEqual([]);
  });

  it('gives up on a source that ends early again and again', async () => {
    const archive = await goodRelease();
    const why = await failureOf(stage(stageOf(archive), sourceOf(archive.subarray(0, 100_000))));
    expect(why).toMatchObject({ class: 'failed', code: 'truncated' });
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
  });

  it('refuses before the first byte when space or inodes fall short, and says how much (P8)', async () => {
    const archive = await goodRelease();
    const source = sourceOf(archive);
    Object.assign(host, { space: async () => ({ freeBytes: 999, freeInodes: 100 }) });
    const why = await failureOf(stage(stageOf(archive), source));
    expect(why).toMatchObject({ class: 'refused', code: 'space-short' });
    expect(why.message).toContain('needs 1000 bytes and 10 inodes, only 999 and 100 are free');
    Object.assign(host, { space: async () => ({ freeBytes: 1e9, freeInodes: 9 }) });
    expect((await failureOf(stage(stageOf(archive), source))).code).toBe('space-short');
    expect(source.offsets).toEqual([]);
  });

  it('leaves nothing behind when the disk fills up midway (P8)', async () => {
    const archive = await goodRelease();
    Object.assign(host, {
      openPartial: async (folder: string, digest: string) => {
        const partial = await diskReleases.openPartial(folder, digest);
        return {
          offset: partial.offset,
          close: () => partial.close(),
          write: async (piece: Uint8Array) => {
            await partial.write(piece.subarray(0, 100));
            throw fail('failed', 'space-short', 'no space left');
          },
        };
      },
    });
    expect((await failureOf(stage(stageOf(archive), sourceOf(archive)))).code).toBe('space-short');
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
  });

  it('refuses a release for another architecture before it fetches a byte', async () => {
    const archive = await goodRelease();
    const source = sourceOf(archive);
    const why = await failureOf(stage(stageOf(archive, { arch: 'arm64' }), source));
    expect(why).toMatchObject({ class: 'refused', code: 'wrong-architecture' });
    expect(source.offsets).toEqual([]);
  });

  it('refuses a release that says it is another version than the plan wants', async () => {
    const archive = await goodRelease();
    driver = new DriverTwin({ host, versionOf: () => '16.13' });
    run = { ...run, instance: { ...run.instance, driver } };
    const why = await failureOf(stage(stageOf(archive), sourceOf(archive)));
    expect(why).toMatchObject({ class: 'refused', code: 'wrong-version' });
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
  });

  it('12.C14: waits for a database that does not answer just then, and is done once it does', async () => {
    const archive = await goodRelease();
    driver.fits = () => (driver.inspections < 4 ? null : true);
    expect(await stage(stageOf(archive), sourceOf(archive))).toMatchObject({ outcome: 'done' });
    expect(driver.inspections).toBe(4);
  });

  it('12.C14: ends with the true reason where the database stays away, and fetches nothing twice', async () => {
    const archive = await goodRelease();
    driver.fits = () => null;
    const why = await failureOf(stage(stageOf(archive), sourceOf(archive)));
    expect(why).toMatchObject({ class: 'failed', code: 'fit-unknown', remedy: 'retry' });
    expect(why.message).toMatch(/could not check whether release 16\.14-abc fits this host: extensions-present: nothing listens/);
    expectUntouched();
    driver.fits = () => true;
    const source = sourceOf(archive);
    expect(await stage(stageOf(archive), source)).toMatchObject({ outcome: 'done' });
    expect(source.offsets).toEqual([]);
  });

  it('12.C14: still refuses what does not fit at once', async () => {
    const archive = await goodRelease();
    driver.fits = () => false;
    const why = await failureOf(stage(stageOf(archive), sourceOf(archive)));
    expect(why).toMatchObject({ class: 'refused', code: 'release-unfit' });
    expect(driver.inspections).toBe(1);
    expect(leftInStaging()).toEqual([]);
  });

  it('does not put another release in the place of one that is installed', async () => {
    const archive = await goodRelease();
    await stage(stageOf(archive), sourceOf(archive));
    const other = await pack((folder) => writeFileSync(join(folder, 'other'), 'other'));
    expect((await failureOf(stage(stageOf(other), sourceOf(other)))).code).toBe('release-exists');
  });

  it.each<[string, Buffer]>([
    ['a path that climbs out', entryArchive('../evil', '0')],
    ['a path that climbs out further in', entryArchive('bin/../../evil', '0')],
    ['an absolute path', entryArchive('/tmp/evil', '0')],
    ['a symbolic link that leaves', entryArchive('bin/link', '2', '../../evil')],
    ['an absolute symbolic link', entryArchive('link', '2', '/etc/passwd')],
    ['a hard link that leaves', entryArchive('link', '1', '../evil')],
    ['a device', entryArchive('null', '3')],
    ['no archive at all', Buffer.alloc(2_048, 65)],
  ])('refuses %s and removes all of it (P6)', async (_name, archive) => {
    const why = await failureOf(stage(stageOf(archive), sourceOf(archive)));
    expect(why).toMatchObject({ class: 'refused', code: 'bad-archive' });
    expectUntouched();
    expect(leftInStaging()).toEqual([]);
    expect(readdirSync(dir)).not.toContain('evil');
  });
});
