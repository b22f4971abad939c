/**
 * What the agent must not forget. Synchronous on purpose: when a call returns, it is on disk, and the caller may act (P4).
 * An entry and the state that follows from it are written in one transaction.
 */
import type { Checkpoint } from '../../common/checkpoint.ts';
import type { Incarnation } from '../../common/facts.ts';
import type { Failure } from '../../common/failure.ts';
import type { Fence, GivenOrder } from '../../common/link.ts';
import type { Giver, Receipt } from '../../common/orders.ts';
import type { OrderEntry, OrderState } from './agent-machine.ts';

/** A receipt that the controller has not acknowledged; seq is the entry that ended the order. */
export interface PendingReport {
  readonly seq: number;
  readonly receipt: Receipt;
  /** Who gave the order. */
  readonly given: Giver;
}

/** Something done on the host without the controller. */
export interface Intervention {
  readonly instance: string;
  readonly verb: string;
  readonly actor: string;
  readonly incarnation: Incarnation | null;
}

/** An order that is over, with its place in the journal. */
export interface OverOrder {
  readonly seq: number;
  readonly state: OrderState;
}

export interface Journal {
  /** Asked before an order is taken: null, or why its entries might find no room. */
  room(): Failure | null;
  /** Number of the newest entry; 0: none. */
  head(): number;
  /** Highest (epoch, writer) obeyed, per cluster. */
  fences(): readonly Fence[];
  /** Of each cluster the order that was taken in last, whatever became of it; what was ordered on this host is not among them. */
  newestOrders(): readonly GivenOrder[];
  /** Orders of a cluster that controllers gave, newest first, from the one before this place on (0: from the newest), back to the first gap that retention made. */
  ordersBefore(cluster: string, beforeSeq: number, limit: number): readonly { readonly seq: number; readonly state: OrderState }[];
  /** Before anything is done for a controller that was not obeyed yet. */
  raiseFence(fence: Fence): void;
  /** Appends in one transaction and returns the state that follows. Throws IllegalEntry and writes nothing when one cannot follow. */
  append(orderId: string, entries: OrderEntry | readonly OrderEntry[]): OrderState;
  /** null: never heard of, or removed. */
  order(orderId: string): OrderState | null;
  /** When an order was removed by retention, by wall clock; null: it was not. */
  removedAtMs(orderId: string): number | null;
  /** Orders that controllers gave and that are acknowledged or forgotten, oldest first, after this place. */
  overOrders(afterSeq: number, limit: number): readonly OverOrder[];
  /** In one transaction: their entries go, their ids stay. FailureError(refused, `journal-unwritable`) when the disk is full: nothing is removed. */
  remove(orders: readonly OverOrder[], wallMs: number): void;
  /** Orders that are neither ended nor forgotten, oldest first. */
  openOrders(): readonly OrderState[];
  /** Downtimes of the instance that have ended, the last one to end first; of one run, if it is named. Each is read when it is asked for: a history grows. */
  endedDowntimes(instance: string, run?: string): Iterable<OrderState>;
  /** The report of an order that has ended, acknowledged or not; null: there is none. */
  reportOf(orderId: string): PendingReport | null;
  /** Ended, not acknowledged, oldest first. */
  pendingReports(): readonly PendingReport[];
  intervene(intervention: Intervention): number;
  pendingInterventions(): readonly (Intervention & { readonly seq: number })[];
  /** The controller has committed what this entry told. Returns false when nothing waits under this number, or the disk is full: it will wait on. */
  acknowledge(seq: number): boolean;
  /** What is kept of the controller's audit log, by chain. */
  checkpoints(): readonly Checkpoint[];
  /** Kept in the place of an earlier one of its chain, and of the eldest of all where there are many. Nothing is lost but evidence where the disk is full. */
  keepCheckpoint(checkpoint: Checkpoint): void;
  close(): void;
}
