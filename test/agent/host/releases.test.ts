import { existsSync, mkdirSync, mkdtempSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { asSpaceShort } from '../../../agent/host/durable.ts';
import { diskReleases } from '../../../agent/host/releases.ts';
import { spaceOf } from '../../../agent/host/space.ts';
import { toFailure } from '../../../common/failure.ts';

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-releases-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function lay(release: string, complete = true): void {
  mkdirSync(join(dir, release));
  writeFileSync(join(dir, release, 'server'), release);
  if (complete) writeFileSync(join(dir, release, '.drydock-release'), '{"bundle":"sha256:x"}');
}

const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'done',
    (thrown: unknown) => toFailure(thrown).code,
  );

describe('release folders', () => {
  it('take over what a person installed and made current, once', async () => {
    lay('16.4', false);
    symlinkSync(join(dir, '16.4'), join(dir, 'current'));
    expect((await diskReleases.releasesSeen(dir)).current).toBeNull();
    await diskReleases.adoptCurrent(dir);
    await diskReleases.adoptCurrent(dir);
    expect(await diskReleases.releasesSeen(dir)).toEqual({ current: '16.4', previous: null, installed: ['16.4'] });
  });

  it('switch by a link and remember the rollback (P7)', async () => {
    lay('16.4');
    lay('16.14');
    await diskReleases.activateRelease(dir, '16.4', null);
    await diskReleases.activateRelease(dir, '16.14', '16.4');
    expect(readlinkSync(join(dir, 'current'))).toBe('16.14');
    expect(await diskReleases.releasesSeen(dir)).toEqual({ current: '16.14', previous: '16.4', installed: ['16.14', '16.4'] });
    await diskReleases.activateRelease(dir, '16.4', null);
    expect(await diskReleases.releasesSeen(dir)).toEqual({ current: '16.4', previous: null, installed: ['16.14', '16.4'] });
  });

  it('switch over the remains of a switch that was cut short', async () => {
    lay('16.4');
    symlinkSync('nowhere', join(dir, '.current.new'));
    await diskReleases.activateRelease(dir, '16.4', null);
    expect((await diskReleases.releasesSeen(dir)).current).toBe('16.4');
  });

  it('do not activate what is not complete (P7)', async () => {
    lay('16.14', false);
    expect(await codeOf(diskReleases.activateRelease(dir, '16.14', null))).toBe('release-incomplete');
    expect(await codeOf(diskReleases.activateRelease(dir, '16.99', null))).toBe('release-incomplete');
    expect(existsSync(join(dir, 'current'))).toBe(false);
  });

  it('do not remove what is current (P7)', async () => {
    lay('16.4');
    await diskReleases.activateRelease(dir, '16.4', null);
    expect(await codeOf(diskReleases.removeRelease(dir, '16.4'))).toBe('release-in-use');
    expect(await codeOf(diskReleases.removeRelease(dir, '16.3'))).toBe('done');
  });

  it('show nothing as current when the link leads to nothing complete', async () => {
    symlinkSync('gone', join(dir, 'current'));
    expect((await diskReleases.releasesSeen(dir)).current).toBeNull();
  });

  it('say so when current is a folder and no link', async () => {
    mkdirSync(join(dir, 'current'));
    expect(await codeOf(diskReleases.releasesSeen(dir))).toBe('not-a-link');
  });

  it('say so when they are not there', async () => {
    expect(await codeOf(diskReleases.releasesSeen(join(dir, 'no')))).toBe('releases-unreadable');
  });
});

describe('space', () => {
  it('is what an ordinary writer may use', async () => {
    const { freeBytes, freeInodes } = await spaceOf(dir);
    expect(freeBytes).toBeGreaterThan(0);
    expect(freeInodes).toBeGreaterThan(0);
    expect(await codeOf(spaceOf(join(dir, 'no')))).toBe('space-unknown');
  });

  it('that ran out has one sentence, and other errors keep theirs', () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC' });
    expect(toFailure(asSpaceShort(full, '/opt/db'))).toMatchObject({ code: 'space-short' });
    const other = new Error('other');
    expect(asSpaceShort(other, '/opt/db')).toBe(other);
  });
});
