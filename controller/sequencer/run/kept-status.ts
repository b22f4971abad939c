/**
 * PURE. When the folded status is written beside the events. It grows with the nodes of a cluster and is a cache: written at each event it would be
 * most of what a run writes. It is written whenever as many bytes of events came as it has itself, so that reading a run folds no more than it reads.
 */
export interface KeptStatus {
  /** Of the status that was written last. */
  readonly bytes: number;
  /** Of the events after it. */
  readonly behindBytes: number;
}

/** Lists and other programs read the state in a column; a status of another state is written, too, so that a log of a run shows its turning points. */
export function isStatusDue({ bytes, behindBytes }: KeptStatus, stateChanged: boolean): boolean {
  return stateChanged || behindBytes >= bytes;
}

export function keptAfter(kept: KeptStatus, written: string | null, eventTexts: readonly string[]): KeptStatus {
  if (written !== null) return { bytes: written.length, behindBytes: 0 };
  return { ...kept, behindBytes: eventTexts.reduce((sum, text) => sum + text.length, kept.behindBytes) };
}
