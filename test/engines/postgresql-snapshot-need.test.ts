import { describe, expect, it } from 'vitest';
import type { SnapshotNeed } from '../../common/facts.ts';
import { needWithWal } from '../../engines/postgresql/snapshot-need.ts';

const megabyte = 1024 * 1024;
const segmentBytes = 16 * megabyte;
const copied: SnapshotNeed = { bytes: 5_000 * megabyte, inodes: 1_000, method: 'copy' };
const shared: SnapshotNeed = { ...copied, method: 'reflink' };
const idle = { bytes: 0, sinceS: 300 };
/** One megabyte a second. */
const busy = { bytes: 300 * megabyte, sinceS: 300 };

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

  it('comes in whole bytes', () => {
    expect(needWithWal({ ...copied, bytes: 3 }, { bytes: 1, sinceS: 7 }, segmentBytes).bytes).toBe(3 + 1 + 1 + 3 * segmentBytes);
  });
});
