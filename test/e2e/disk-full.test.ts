/** P8 on a real small filesystem: running out of bytes or inodes while staging leaves nothing behind and hurts nothing. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { actOnSmallDisk } from './small-disk.ts';

const folder = mkdtempSync(join(tmpdir(), 'drydock-disk-full-'));
const act = fileURLToPath(new URL('disk-full-act.ts', import.meta.url));

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('a full disk while staging', () => {
  it('is told as space-short, whether bytes for the download, bytes for the unpacked tree or inodes run out, and nothing is left of it', () => {
    const results = actOnSmallDisk(act, [folder]) as Record<string, unknown>;
    for (const name of ['download', 'unpack', 'inodes']) {
      expect(results[name], name).toMatchObject({ outcome: 'failed', code: 'space-short', current: '16.4', oldIsWhole: true });
      const { left } = results[name] as { left: readonly string[] };
      expect(
        left.filter((entry) => entry !== '16.4' && entry !== 'current' && !entry.startsWith('.')),
        name,
      ).toEqual([]);
    }
    expect(results.fits).toMatchObject({ outcome: 'done' });
  });
});
