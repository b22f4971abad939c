/** PURE. Space that a base backup comes to: its trees, and the WAL that is written while they are copied. */
import type { SnapshotNeed } from '../../../common/facts.ts';

/** A copy is made at least at this pace. */
const copyBytesPerS = 50 * 1024 * 1024;
const reflinkBytesPerS = 1024 * 1024 * 1024;
/** Copied in whole segments: the first, the last, and one that the end of the backup cuts short. */
const leastSegments = 3;
/** For what comes to the trees: label, map of tablespaces, histories of timelines, manifest and list. */
const ownInodes = 16;

export interface WalSeen {
  /** Written since the last checkpoint: how fast this server writes. */
  readonly writtenBytes: number;
  readonly sinceS: number;
  /**
   * Bytes of segments that lie in pg_wal and are kept for members whose snapshots are older; they are copied along. null: of a standby, whose copy
   * begins with its last checkpoint instead. That of a primary begins with one of its own.
   */
  readonly keptBytes: number | null;
}

/**
 * What the copied trees take, and WAL: what goes along from before, and what is written meanwhile if it goes on as it did since the last
 * checkpoint.
 * @param trees of all folders together, with the way in which the data directory is copied
 */
export function needWithWal(trees: SnapshotNeed, wal: WalSeen, segmentBytes: number): SnapshotNeed {
  const copyS = trees.bytes / (trees.method === 'reflink' ? reflinkBytesPerS : copyBytesPerS);
  const bytesPerS = wal.writtenBytes / wal.sinceS;
  const walBytes = (wal.keptBytes ?? wal.writtenBytes) + bytesPerS * copyS + leastSegments * segmentBytes;
  const perS = wal.keptBytes === null ? 0 : Math.ceil(bytesPerS);
  return {
    bytes: Math.ceil(trees.bytes + walBytes),
    inodes: trees.inodes + Math.ceil(walBytes / segmentBytes) + ownInodes,
    method: trees.method,
    ...(perS === 0 ? {} : { keptBytesPerS: perS }),
  };
}
