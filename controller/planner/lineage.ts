/**
 * PURE. Which history a snapshot is of. A restore of the whole cluster gives up what was written after its snapshots; a later snapshot of that
 * history lies on the same timeline, so that no server would notice: put back on one node alone, it would part from its peers unseen.
 */

/** A run that put the whole cluster back. Milliseconds of the controller's clock. */
export interface ClusterRestore {
  readonly run: string;
  /** The run whose snapshots were put back, and when these were made; null: nobody knows any more. */
  readonly to: string;
  readonly madeAtMs: number | null;
  readonly begunAtMs: number;
  /** null: it is not over. */
  readonly endedAtMs: number | null;
}

/** The restore that gave up the history which this snapshot is of; null: it is of the history that the cluster has. */
export function givenUpBy(
  snapshot: { readonly run: string; readonly madeAtMs: number },
  restores: readonly ClusterRestore[],
): ClusterRestore | null {
  // Of the history that the cluster has: what came before this moment. Each restore leads further back.
  let untilMs = Number.POSITIVE_INFINITY;
  for (const restore of [...restores].sort((a, b) => b.begunAtMs - a.begunAtMs)) {
    if (restore.begunAtMs >= untilMs) continue;
    if (restore.endedAtMs !== null && snapshot.madeAtMs > restore.endedAtMs) return null;
    if (snapshot.run === restore.to) return null;
    if (restore.madeAtMs === null || snapshot.madeAtMs > restore.madeAtMs) return restore;
    untilMs = restore.madeAtMs;
  }
  return null;
}
