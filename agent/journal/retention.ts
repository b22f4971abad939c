/**
 * What of the journal may be removed: receipts of orders that ended long ago and that the controller has acknowledged. The id of each stays, so that
 * it is never carried out again (P3), and what is asked of the last orders stays whole: see `pinned`.
 */
import type { Clock } from '../../common/clock.ts';
import { toFailure } from '../../common/failure.ts';
import type { Log } from '../../common/log.ts';
import { decidingDowntimes } from '../downtime/machine.ts';
import { AgentStopped } from '../lifetime.ts';
import { orderEndedMs } from './agent-machine.ts';
import type { Journal, OverOrder } from './journal.ts';

/**
 * PURE. The orders of a page that are older than that and pinned by nothing.
 * @param page in the order in which they were taken in; one that says no time of its own is as old as the next one that does
 * @param pinned runs and orders that stay whole
 */
export function removableOrders(
  page: readonly OverOrder[],
  { endedBeforeMs, pinned }: { readonly endedBeforeMs: number; readonly pinned: ReadonlySet<string> },
): readonly OverOrder[] {
  const removable: OverOrder[] = [];
  let nextMs: number | null = null;
  for (const each of [...page].reverse()) {
    const { order, at } = each.state;
    nextMs = orderEndedMs(each.state) ?? at?.wallMs ?? nextMs;
    if (nextMs === null || nextMs >= endedBeforeMs || pinned.has(order.run) || pinned.has(order.orderId)) continue;
    removable.unshift(each);
  }
  return removable;
}

/**
 * PURE but for what it reads. The run of the newest order of each cluster, which may go on, and which a store that was restored is found out by (P5); and of each
 * instance the downtimes that say whether its start lock is still wanted (P16).
 */
function pinned(journal: Journal, instances: readonly string[]): ReadonlySet<string> {
  const runs = journal.newestOrders().flatMap(({ orderId }) => journal.order(orderId)?.order.run ?? []);
  const downtimes = instances.flatMap((instance) => decidingDowntimes(journal.endedDowntimes(instance)));
  return new Set([...runs, ...downtimes.map(({ order }) => order.orderId)]);
}

interface RetentionParts {
  readonly journal: Journal;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly instances: readonly string[];
  /** Infinity: nothing is removed. */
  readonly keepMs: number;
  /** An order is under way: it is not kept waiting for this. */
  readonly isBusy: () => boolean;
}

const everyMs = 3_600_000;
const busyMs = 60_000;
const pieceMs = 1_000;
/** Looked at without a pause: some ten milliseconds. */
const atOnce = 50;

/** Every hour, a piece a second; begins a minute after it is called. What goes wrong is logged, and tried again an hour later. */
export function keepJournal(parts: RetentionParts): void {
  const { journal, clock, log, signal, instances, keepMs, isBusy } = parts;
  if (keepMs === Number.POSITIVE_INFINITY) return;
  let removed = 0;
  /** Returns the place to go on from; null: all were looked at. */
  const piece = (after: number): number | null => {
    const page = journal.overOrders(after, atOnce);
    const last = page.at(-1);
    if (last === undefined) return null;
    const nowMs = Math.round(clock.wallMs());
    const removable = removableOrders(page, { endedBeforeMs: nowMs - keepMs, pinned: pinned(journal, instances) });
    if (removable.length > 0) journal.remove(removable, nowMs);
    removed += removable.length;
    return page.length < atOnce ? null : last.seq;
  };
  const sweep = (after: number): void => {
    if (signal.aborted) return;
    if (isBusy()) return void clock.after(busyMs, () => sweep(after));
    let next: number | null = null;
    try {
      next = piece(after);
    } catch (thrown) {
      if (thrown instanceof AgentStopped) return;
      log.warn({ reason: toFailure(thrown).message }, 'old orders could not be removed from the journal');
    }
    if (next === null && removed > 0) log.info({ orders: removed }, 'removed old orders from the journal; their ids stay');
    if (next === null) removed = 0;
    clock.after(next === null ? everyMs : pieceMs, () => sweep(next ?? 0));
  };
  clock.after(busyMs, () => sweep(0));
}
