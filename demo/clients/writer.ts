/** One writing client: row after row without pause, each repeated until it is acknowledged. */
import type pg from 'pg';
import { type Clock, pause } from '../../common/clock.ts';
import { type ClusterAddress, dialWritable, hangUp } from './dial.ts';
import type { Ledger } from './ledger.ts';
import { writeRow } from './table.ts';

/** Between two rounds over the address list while no node takes writes; keeps the measured gap true to a few milliseconds. */
const redialMs = 5;
/** Each writer numbers its rows in a range of its own. */
const rangeOfWriter = 1_000_000_000;

export interface ClientWork {
  readonly cluster: ClusterAddress;
  readonly ledger: Ledger;
  readonly clock: Clock;
  /** After each row; 0: none. */
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

/** Runs until the signal is aborted; the row in hand is then left unacknowledged, which promises nothing. */
export async function writeOn({ cluster, ledger, clock, pauseMs, signal }: ClientWork, writer: number): Promise<void> {
  let client: pg.Client | null = null;
  for (let row = 1; !signal.aborted; row += 1) {
    const id = writer * rangeOfWriter + row;
    for (let attempts = 1; !signal.aborted; ) {
      client ??= await dialWritable(cluster);
      if (client === null) {
        await pause(clock, redialMs, signal);
        continue;
      }
      try {
        await writeRow(client, id, writer);
        ledger.writeAcknowledged(id, attempts, clock.monotonicMs());
        if (pauseMs > 0) await pause(clock, pauseMs, signal);
        break;
      } catch {
        ledger.writeFailed();
        attempts += 1;
        await hangUp(client);
        client = null;
      }
    }
  }
  await hangUp(client);
}
