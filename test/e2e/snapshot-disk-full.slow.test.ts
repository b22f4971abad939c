/** P8 on small real file systems: a disk that fills up hurts nothing and keeps nothing, and where blocks can be shared they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'drydock-snapshot-disk-'));
const act = fileURLToPath(new URL('snapshot-disk-full-act.ts', import.meta.url));
const databaseAct = fileURLToPath(new URL('snapshot-disk-full-database-act.ts', import.meta.url));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The file systems live and die with this namespace. Loop devices are for root alone. */
function inNamespace(what: string, program = act): Record<string, unknown> {
  const words = ['--mount', process.execPath, '--import', import.meta.resolve('tsx'), program, folder, what];
  const output = execFileSync('unshare', words, { encoding: 'utf8' });
  return JSON.parse(output) as Record<string, unknown>;
}

const isRoot = process.getuid?.() === 0;
const has = (program: string) => isRoot && spawnSync(program, ['-V']).error === undefined;

describe('a snapshot on a full disk', () => {
  it.runIf(isRoot)('is refused beforehand or given up before the disk is full, and the database beside it goes on writing (P8)', () => {
    const results = inNamespace('full');
    const unhurt = { code: 'space-short', left: [], stillWrites: true };
    expect(results).toMatchObject({
      short: { ...unhurt, outcome: 'refused' },
      midway: { ...unhurt, outcome: 'failed' },
      inodesShort: { ...unhurt, outcome: 'refused' },
      inodesMidway: { ...unhurt, outcome: 'failed' },
      fits: { outcome: 'done', left: ['r-1.db-1'], stillWrites: true },
    });
  });
});

/** Why no file system of ours can be mounted here; null: it can. */
function mountObstacle(): string | null {
  const image = join(folder, 'probe.img');
  execFileSync('truncate', ['--size', '8M', image]);
  const made = spawnSync('mkfs.ext4', ['-q', image], { encoding: 'utf8' });
  if (made.status !== 0) return `mkfs.ext4 does not run here: ${made.error?.message ?? made.stderr}`;
  const mounted = spawnSync('unshare', ['--mount', 'mount', '-o', 'loop', image, '/mnt'], { encoding: 'utf8' });
  return mounted.status === 0 ? null : `no file system in a file can be mounted here: ${mounted.error?.message ?? mounted.stderr}`;
}

describe('a snapshot of a real server beside which the disk runs full', () => {
  it('ends and is removed, while the server goes on and loses nothing; once there is room the next one is made and can be restored (P8 M46)', ({
    skip,
  }) => {
    const obstacle = mountObstacle();
    skip(obstacle !== null, obstacle ?? '');
    const results = inNamespace('', databaseAct);
    expect(results).toMatchObject({
      full: { outcome: 'failed', code: 'space-short', left: [], promised: false, reserveWasLeft: true },
      database: { refusal: '', wroteMeanwhile: true, restarted: false, lost: 0 },
      again: { outcome: 'done' },
      restored: { outcome: 'done', hasAllUpTo: true, hasWhatWasThere: true },
    });
    expect((results as { full: { copiedMebi: number } }).full.copiedMebi).toBeGreaterThan(16);
  }, 180_000);
});

describe('a copy on a file system that can share blocks', () => {
  it.for(['xfs', 'btrfs'] as const)('shares them on %s, and never an inode (P8 M46)', (kind, { skip }) => {
    skip(!has(`mkfs.${kind}`), `mkfs.${kind} needs root and its package, ${kind}progs`);
    const result = inNamespace(kind) as {
      readonly ratio: number;
      readonly copyMs: number;
      readonly byHandMs: number;
      readonly grewMebi: number;
    };
    console.log(`${kind}: ${result.copyMs.toFixed(0)} ms against cp -a ${result.byHandMs.toFixed(0)} ms: ${result.ratio.toFixed(3)}`);
    expect(result).toMatchObject({ method: 'reflink', inodesApart: true, unchanged: true });
    expect(result.grewMebi).toBeLessThan(20);
    expect(result.ratio).toBeLessThan(0.5);
  });
});
