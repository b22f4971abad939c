/**
 * What the clients have been promised: every acknowledged row, and how long they ever waited for the next acknowledgement.
 * Pure book-keeping; times are milliseconds of a monotonic clock that the caller reads.
 */

export interface ClientsReport {
  /** Writes whose commit was confirmed to a client. */
  readonly acknowledged: number;
  /** Confirmed rows that are not there any more. */
  readonly lost: number;
  /** Attempts to write that ended without a confirmation. */
  readonly failed: number;
  /** Writes confirmed only after they had been repeated. */
  readonly retried: number;
  readonly longestWriteGapMs: number;
  readonly longestReadGapMs: number;
}

/** Longest time between two acknowledgements, over all connections together. */
export interface GapMeter {
  acknowledge(atMs: number): void;
  /** The wait that is still going on counts too, so that a service that never came back shows. */
  longestMs(nowMs: number): number;
}

/** Counts from the first acknowledgement: before it nothing was promised. */
export function gapMeter(): GapMeter {
  let lastMs: number | null = null;
  let longest = 0;
  const since = (nowMs: number) => (lastMs === null ? 0 : nowMs - lastMs);
  return {
    acknowledge(atMs) {
      longest = Math.max(longest, since(atMs));
      lastMs = Math.max(lastMs ?? atMs, atMs);
    },
    longestMs: (nowMs) => Math.max(longest, since(nowMs)),
  };
}

export interface Ledger {
  writeAcknowledged(id: number, attempts: number, atMs: number): void;
  writeFailed(): void;
  readAcknowledged(atMs: number): void;
  /** Ids confirmed so far; it grows while writers go on. */
  acknowledgedIds(): ReadonlySet<number>;
  report(lost: number, nowMs: number): ClientsReport;
}

/** An empty ledger. */
export function openLedger(): Ledger {
  const acknowledged = new Set<number>();
  const writes = gapMeter();
  const reads = gapMeter();
  let failed = 0;
  let retried = 0;
  return {
    writeAcknowledged(id, attempts, atMs) {
      acknowledged.add(id);
      if (attempts > 1) retried += 1;
      writes.acknowledge(atMs);
    },
    writeFailed() {
      failed += 1;
    },
    readAcknowledged: (atMs) => reads.acknowledge(atMs),
    acknowledgedIds: () => acknowledged,
    report: (lost, nowMs) => ({
      acknowledged: acknowledged.size,
      lost,
      failed,
      retried,
      longestWriteGapMs: round(writes.longestMs(nowMs)),
      longestReadGapMs: round(reads.longestMs(nowMs)),
    }),
  };
}

const round = (ms: number) => Math.round(ms * 10) / 10;

/** How many of the ids promised at the time of the call are missing in the rows read back, page by page. */
export async function countLost(promised: ReadonlySet<number>, pages: AsyncIterable<readonly number[]>): Promise<number> {
  const missing = new Set(promised);
  for await (const page of pages) for (const id of page) missing.delete(id);
  return missing.size;
}
