/**
 * What the agent must not forget. Synchronous on purpose: when a call returns, it is on disk, and the caller may act (P4).
 * An entry and the state that follows from it are written in one transaction.
 */
import type { Incarnation } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { Fence } from '../../common/link.ts';
import type { Receipt } from '../../common/orders.ts';
import type { OrderEntry, OrderState } from '../agent-machine.ts';

/** A receipt that the controller has not acknowledged; seq is the entry that ended the order. */
export interface PendingReport {
  readonly seq: number;
  readonly receipt: Receipt;
}

/** Something done on the host without the controller. */
export interface Intervention {
  readonly instance: string;
  readonly verb: string;
  readonly actor: string;
  readonly incarnation: Incarnation | null;
}

export interface Journal {
  /** Asked before an order is taken: null, or why its entries might find no room. */
  room(): Failure | null;
  /** Number of the newest entry; 0: none. */
  head(): number;
  /** Highest (epoch, writer) obeyed, per cluster. */
  fences(): readonly Fence[];
  /** Before anything is done for a controller that was not obeyed yet. */
  raiseFence(fence: Fence): void;
  /** Appends in one transaction and returns the state that follows. Throws IllegalEntry and writes nothing when one cannot follow. */
  append(orderId: string, entries: OrderEntry | readonly OrderEntry[]): OrderState;
  /** null: never heard of. */
  order(orderId: string): OrderState | null;
  /** Orders that are neither ended nor forgotten, oldest first. */
  openOrders(): readonly OrderState[];
  /** Outages of the instance that have ended, the last one to end first. */
  endedOutages(instance: string): readonly OrderState[];
  /** The report of an order that has ended, acknowledged or not; null: there is none. */
  reportOf(orderId: string): PendingReport | null;
  /** Ended, not acknowledged, oldest first. */
  pendingReports(): readonly PendingReport[];
  intervene(intervention: Intervention): number;
  pendingInterventions(): readonly (Intervention & { readonly seq: number })[];
  /** The controller has committed what this entry told. Returns false when nothing waits under this number, or the disk is full: it will wait on. */
  acknowledge(seq: number): boolean;
  close(): void;
}
