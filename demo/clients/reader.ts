/** One reading client: it asks the nodes in turn, and passes over a node that does not answer. */
import type pg from 'pg';
import { pause } from '../../common/clock.ts';
import { type Address, type ClusterAddress, dial, hangUp } from './dial.ts';
import { readNewestRow } from './table.ts';
import type { ClientWork } from './writer.ts';

/** Before the next round when no node answered at all. */
const redialMs = 5;

/** Runs until the signal is aborted. */
export async function readOn({ cluster, ledger, clock, pauseMs, signal }: ClientWork): Promise<void> {
  const open = new Map<Address, pg.Client>();
  while (!signal.aborted) {
    let answered = false;
    for (const node of cluster.nodes) {
      if (!(await readFrom(cluster, node, open))) continue;
      answered = true;
      ledger.readAcknowledged(clock.monotonicMs());
    }
    const restMs = answered ? pauseMs : redialMs;
    if (restMs > 0) await pause(clock, restMs, signal);
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
