/** Snapshots and restores of a host in memory: which ones are complete, and whose data lie in which folder. */
import type { RemainsKind, RestoreStage } from '../../agent/host/host.ts';
import type { SnapshotManifest } from '../../agent/snapshots/manifest.ts';
import type { SnapshotPlace } from '../../common/driver.ts';

interface RestoreTwin {
  stage: RestoreStage;
  readonly id: string;
  readonly places: readonly SnapshotPlace[];
}

export class ShelfTwin {
  readonly snapshots = new Map<string, SnapshotManifest>();
  /** `<id>.<kind>` of what is not complete. */
  readonly remains = new Map<string, { readonly id: string; readonly kind: RemainsKind; readonly path: string }>();
  readonly restores = new Map<string, RestoreTwin>();
  /** What lies in a folder; unnamed ones hold `live`. */
  readonly contents = new Map<string, string>();
  /** Snapshots whose files are not what was written. */
  readonly damaged = new Set<string>();
  treeBytes = 1_000_000;
  /** The disk fills up in the middle of a copy. */
  copyFails = false;
  /** A copy goes on until it is given up. */
  copyHangs = false;

  contentOf(path: string): string {
    return this.contents.get(path) ?? 'live';
  }

  /** The folder is neither the old one nor the new one. */
  isHalf(): boolean {
    return [...this.restores.values()].some(({ stage }) => stage === 'moving' || stage === 'returning');
  }
}
