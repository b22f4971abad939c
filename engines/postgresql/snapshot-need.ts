/** PURE. Space that a base backup comes to: its trees, and the WAL that is written while they are copied. */
import type { SnapshotNeed } from '../../common/facts.ts';

/** A copy is made at least at this pace. */
const copyBytesPerS = 50 * 1024 * 1024;
const reflinkBytesPerS = 1024 * 1024 * 1024;
/** Copied in whole segments: the first, the last, and one that the end of the backup cuts short. */
const leastSegments = 3;
/** For what comes to the trees: label, map of tablespaces, histories of timelines, manifest and list. */
const ownInodes = 16;

interface Written {
  /** Since the last checkpoint. */
  readonly bytes: number;
  readonly sinceS: number;
}

/**
 * What the copied trees take, and WAL: what replay begins with since the last checkpoint, and what is written meanwhile if it goes on as it did
 * since then.
 * @param trees of all folders together, with the way in which the data folder is copied
 * @param written what tells how fast this server writes
 */
export function needWithWal(trees: SnapshotNeed, written: Written, segmentBytes: number): SnapshotNeed {
  const copyS = trees.bytes / (trees.method === 'reflink' ? reflinkBytesPerS : copyBytesPerS);
  const walBytes = written.bytes + (written.bytes / written.sinceS) * copyS + leastSegments * segmentBytes;
  return {
    bytes: Math.ceil(trees.bytes + walBytes),
    inodes: trees.inodes + Math.ceil(walBytes / segmentBytes) + ownInodes,
    method: trees.method,
  };
}
