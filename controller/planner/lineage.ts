/**
 * PURE. Which history a snapshot is of. A restore of the whole cluster gives up what was written after its snapshots; a later snapshot of that
 * history lies on the same timeline, so that no server would notice: restored on one node alone, it would part from its peers unseen.
 */

/** A run that put the whole cluster back. Moments are places among all orders that were ever written, for clocks may go back. */
export interface ClusterRestore {
  readonly run: string;
  /** The run whose snapshots were restored, and when these were made; null: nobody knows any more. */
  readonly to: string;
  readonly madeAt: number | null;
  readonly begunAt: number;
  /** null: it is not over. */
  readonly endedAt: number | null;
}

/**
 * The restore that gave up the history which this snapshot is of; null: it is of the history that the cluster has.
 * @param snapshot `madeAt` null: nobody knows any more, so that any restore may have given it up
 */
export function givenUpBy(
  snapshot: { readonly run: string; readonly madeAt: number | null },
  restores: readonly ClusterRestore[],
): ClusterRestore | null {
  const { run, madeAt } = snapshot;
  // Of the history that the cluster has: what came before this moment. Each restore leads further back.
  let until = Number.POSITIVE_INFINITY;
  for (const restore of [...restores].sort((a, b) => b.begunAt - a.begunAt)) {
    if (restore.begunAt >= until) continue;
    if (restore.endedAt !== null && madeAt !== null && madeAt > restore.endedAt) return null;
    if (run === restore.to) return null;
    if (restore.madeAt === null || madeAt === null || madeAt > restore.madeAt) return restore;
    until = restore.madeAt;
  }
  return null;
}
