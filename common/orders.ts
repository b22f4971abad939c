/**
 * Orders and receipts: who asks what of whom, and what came of it. What is asked is the body, one of a closed set (P13): order-body.ts.
 * One order id (run, step, attempt) has at most one receipt (P3).
 */

import type { Finding, Incarnation, NodeFacts } from './facts.ts';
import type { Failure } from './failure.ts';
import type { Effect, OrderBody } from './order-body.ts';

export {
  type Artifact,
  type Bundle,
  type ConfigChange,
  type ConfigRevision,
  type DowntimePart,
  downtimeParts,
  type Effect,
  type MemberAddress,
  type OrderBody,
  type SnapshotVerification,
  snapshotVerifications,
} from './order-body.ts';

/** Must hold directly before the stop, as the agent itself sees it; `check` is an id that the driver announced. */
export interface Guard {
  readonly check: string;
  /** What the check compares with, where it needs something (`role-is`: `standby`). */
  readonly expect?: string;
}

/** Where an order goes. Database id and data directory are preconditions: the wrong instance refuses (P12). */
export interface InstanceRef {
  /** Name of the instance in its agent's settings, unique in the fleet: `db-1`. */
  readonly instance: string;
  readonly host: string;
  readonly engine: string;
  readonly dataDir: string;
  /** null: not pinned yet (before the cluster was adopted). */
  readonly databaseId: string | null;
}

/** The claim under which an order was made. It stays with the order; the fence beside it rises when a successor sends the order again. */
export interface Giver {
  readonly epoch: number;
  readonly writer: string;
}

export function sameGiver(one: Giver, other: Giver): boolean {
  return one.epoch === other.epoch && one.writer === other.writer;
}

export interface Order {
  /** `<run>/<step>/<attempt>`; for probes outside a run `probe/<nonce>/1`. */
  readonly orderId: string;
  readonly run: string;
  readonly step: string;
  readonly attempt: number;
  readonly cluster: string;
  /** Fence (P5): the agent refuses a lower epoch, and an equal one from another writer. */
  readonly epoch: number;
  readonly writer: string;
  /** Part of what the order id is bound to: the same order made anew by another store has another giver (P3). */
  readonly given: Giver;
  readonly target: InstanceRef;
  readonly guards: readonly Guard[];
  /** How long the agent may take, by its monotonic clock, from begin to end. */
  readonly deadlineMs: number;
  /** `once` orders that were interrupted hold for a person; `convergent` ones are repeated until their postcondition holds. */
  readonly repeat: 'convergent' | 'once';
  readonly body: OrderBody;
}

export interface PartDuration {
  readonly part: string;
  readonly ms: number;
}

/** What an `await` tells as its part while the condition does not hold; its note says what was seen instead. */
export const waitsPart = 'waits';

export const outcomes = ['done', 'failed', 'refused', 'interrupted'] as const;
export type Outcome = (typeof outcomes)[number];

export interface Receipt {
  readonly orderId: string;
  readonly outcome: Outcome;
  /** Present unless done. */
  readonly failure?: Failure;
  readonly before: Incarnation | null;
  readonly after: Incarnation | null;
  readonly elapsedMs: number;
  /** Of it, what the database and what runs it took: checkpoint, stop, start, and their answers to guards and proofs. */
  readonly engineMs: number;
  readonly parts: readonly PartDuration[];
  /** From the begin of the stop to readiness proven; null when the order held no downtime. */
  readonly downtimeMs: number | null;
  /** Downtime orders that failed: true when the previous release runs again. */
  readonly reverted: boolean;
  readonly findings: readonly Finding[];
  readonly facts: NodeFacts | null;
  readonly effects: readonly Effect[];
  /** What a later step of the turn needs of this one; opaque to everybody but the engine. */
  readonly token?: string;
}

/** Splits an order id; the run id itself has no slash. */
export function orderIdOf(run: string, step: string, attempt: number): string {
  return `${run}/${step}/${attempt}`;
}
