/** What a simulated server has written or received: a timeline and how far it goes there. Positions count records. */

export interface Timeline {
  readonly number: number;
  /** Where it left another one; null: the first. */
  readonly from: Wal | null;
}

export interface Wal {
  readonly timeline: Timeline;
  readonly end: number;
}

export const emptyWal: Wal = { timeline: { number: 1, from: null }, end: 0 };

export const longer = ({ timeline, end }: Wal): Wal => ({ timeline, end: end + 1 });

/** What a promoted standby goes on with. */
export const forked = (from: Wal): Wal => ({ timeline: { number: from.timeline.number + 1, from }, end: from.end + 1 });

/** Everything of `part` is in `whole`: else their histories have parted, or `part` is ahead. */
export function holds(whole: Wal, part: Wal): boolean {
  let { end } = whole;
  for (let timeline: Timeline | null = whole.timeline; timeline !== null; timeline = timeline.from?.timeline ?? null) {
    if (timeline === part.timeline) return part.end <= end;
    end = Math.min(end, timeline.from?.end ?? 0);
  }
  return false;
}

const firstByte = 0x3000000;
export const recordBytes = 8_192;

export function lsnOf(records: number): string {
  const position = firstByte + records * recordBytes;
  return `${Math.floor(position / 2 ** 32).toString(16)}/${(position % 2 ** 32).toString(16)}`.toUpperCase();
}
