/** What the journal holds of a cluster's orders, for a controller that has lost them: read, never changed. */
import type { RecalledOrder, Recollection } from '../common/link.ts';
import type { OrderState } from './agent-machine.ts';
import type { Journal } from './journal/journal.ts';

/** A page stays far below what a message may hold, whatever one order carries. */
const pageOrders = 50;
const pageBytes = 256 * 1024;

/** The orders before this place, newest first, as many as fit a message; 0: from the newest. */
export function recollect(journal: Pick<Journal, 'ordersBefore'>, cluster: string, beforeSeq: number): Recollection {
  const found = journal.ordersBefore(cluster, beforeSeq, pageOrders + 1);
  const orders: RecalledOrder[] = [];
  let bytes = 0;
  for (const { seq, state } of found.slice(0, pageOrders)) {
    const recalled = recalledOrder(seq, state);
    bytes += JSON.stringify(recalled).length;
    if (orders.length > 0 && bytes > pageBytes) break;
    orders.push(recalled);
  }
  return { orders, isAll: orders.length === found.length };
}

function recalledOrder(seq: number, { order, phase, receipt }: OrderState): RecalledOrder {
  const state = receipt !== null ? 'ended' : phase === 'forgotten' ? 'forgotten' : 'open';
  return { seq, order, state, receipt: receipt === null ? null : { ...receipt, facts: null, findings: [] } };
}
