/** One reading client: it asks the nodes in turn, and passes over a node that does not answer. */
import type pg from 'pg';
import { type Clock, pause } from '../../common/clock.ts';
import { type Address, type ClusterAddress, dial, hangUp } from './dial.ts';
import type { Ledger } from './ledger.ts';
import { readNewestRow } from './table.ts';

/** Before the next round when no node answered at all. */
const redialMs = 5;

/** Runs until the signal is aborted. */
export async function readOn(cluster: ClusterAddress, ledger: Ledger, clock: Clock, signal: AbortSignal): Promise<void> {
  const open = new Map<Address, pg.Client>();
  while (!signal.aborted) {
    let answered = false;
    for (const node of cluster.nodes) {
      if (!(await readFrom(cluster, node, open))) continue;
      answered = true;
      ledger.readAcknowledged(clock.monotonicMs());
    }
    if (!answered) await pause(clock, redialMs, signal);
  }
  for (const client of open.values()) await hangUp(client);
}

async function readFrom(cluster: ClusterAddress, node: Address, open: Map<Address, pg.Client>): Promise<boolean> {
  try {
    const client = open.get(node) ?? (await dial(cluster, node));
    open.set(node, client);
    await readNewestRow(client);
    return true;
  } catch {
    await hangUp(open.get(node) ?? null);
    open.delete(node);
    return false;
  }
}
