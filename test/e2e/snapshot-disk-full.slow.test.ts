/** P8 on small real file systems: a disk that fills up hurts nothing and keeps nothing, and where blocks can be shared they are. */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'drydock-snapshot-disk-'));
const act = fileURLToPath(new URL('snapshot-disk-full-act.ts', import.meta.url));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The file systems live and die with this namespace. Loop devices are for root alone. */
function inNamespace(what: string): Record<string, unknown> {
  const said = execFileSync('unshare', ['--mount', process.execPath, '--import', import.meta.resolve('tsx'), act, folder, what], {
    encoding: 'utf8',
  });
  return JSON.parse(said) as Record<string, unknown>;
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
