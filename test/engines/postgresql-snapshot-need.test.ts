import { describe, expect, it } from 'vitest';
import type { SnapshotNeed } from '../../common/facts.ts';
import { needWithWal } from '../../engines/postgresql/snapshots/need.ts';

const megabyte = 1024 * 1024;
const segmentBytes = 16 * megabyte;
const copied: SnapshotNeed = { bytes: 5_000 * megabyte, inodes: 1_000, method: 'copy' };
const shared: SnapshotNeed = { ...copied, method: 'reflink' };
/** Of standbys. */
const idle = { writtenBytes: 0, sinceS: 300, keptBytes: null };
/** One megabyte a second. */
const busy = { ...idle, writtenBytes: 300 * megabyte };

describe('what a snapshot needs (P8)', () => {
  it('is the trees and three segments where nothing is written', () => {
    expect(needWithWal(copied, idle, segmentBytes)).toEqual({
      bytes: copied.bytes + 3 * segmentBytes,
      inodes: 1_000 + 3 + 16,
      method: 'copy',
    });
  });

  it('has in it what was written since the checkpoint, and what is written at that pace while 50 MB are copied in a second', () => {
    expect(needWithWal(copied, busy, segmentBytes).bytes).toBe(copied.bytes + (300 + 100 + 3 * 16) * megabyte);
  });

  it('is less where blocks are shared, for the copy is made sooner', () => {
    const need = needWithWal(shared, busy, segmentBytes);
    expect(need.bytes).toBeLessThan(needWithWal(copied, busy, segmentBytes).bytes);
    expect(need.bytes).toBeGreaterThan(shared.bytes + (300 + 3 * 16) * megabyte);
    expect(need.method).toBe('reflink');
  });

  it('is more the faster the server writes, with an inode for each segment begun', () => {
    const needs = [idle, busy, { ...busy, sinceS: 30 }].map((written) => needWithWal(copied, written, segmentBytes));
    // 48, 448 and 1,348 MB of WAL
    expect(needs.map(({ inodes }) => inodes)).toEqual([1_000 + 3 + 16, 1_000 + 28 + 16, 1_000 + 85 + 16]);
    expect(needs.map(({ bytes }) => bytes)).toEqual([...needs.map(({ bytes }) => bytes)].sort((a, b) => a - b));
  });

  it('grows with the size of a segment', () => {
    const large = needWithWal(copied, idle, 1024 * megabyte);
    expect(large.bytes).toBe(copied.bytes + 3 * 1024 * megabyte);
    expect(large.inodes).toBe(1_000 + 3 + 16);
  });

  it('of a primary has in it the WAL that is kept for the others, not what it wrote before its own copy begins, and tells how fast that grows', () => {
    const leading = { ...busy, keptBytes: 40 * segmentBytes };
    expect(needWithWal(copied, leading, segmentBytes)).toEqual({
      bytes: copied.bytes + (100 + 43 * 16) * megabyte,
      inodes: 1_000 + 50 + 16,
      method: 'copy',
      keptBytesPerS: megabyte,
    });
    expect(needWithWal(copied, { ...leading, keptBytes: 0 }, segmentBytes).bytes).toBe(copied.bytes + (100 + 3 * 16) * megabyte);
  });

  it('comes in whole bytes', () => {
    expect(needWithWal({ ...copied, bytes: 3 }, { writtenBytes: 1, sinceS: 7, keptBytes: null }, segmentBytes).bytes).toBe(
      3 + 1 + 1 + 3 * segmentBytes,
    );
  });
});
