/** PURE. Space that a snapshot must find free before its first byte is written (P8). */
import type { SnapshotNeed } from '../../common/facts.ts';

const margin = 1.2;

/**
 * @param copies two where a restored copy is made to prove the first
 * @param atLeast what the plan that a person approved counted with
 */
export function wantedSpace(
  need: SnapshotNeed,
  copies: 1 | 2,
  atLeast: { readonly bytes: number; readonly inodes: number },
): { readonly bytes: number; readonly inodes: number } {
  return {
    bytes: Math.max(atLeast.bytes, Math.ceil(need.bytes * margin * copies)),
    inodes: Math.max(atLeast.inodes, Math.ceil(need.inodes * margin * copies)),
  };
}
