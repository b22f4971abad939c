/** What the code that carries out one order works with. All of it dies with the agent, or when a person releases the order. */
import type { Clock } from '../common/clock.ts';
import type { Finding, NodeFacts } from '../common/facts.ts';
import { type Failure, fail, failure } from '../common/failure.ts';
import type { Effect, Order, OrderBody, Outcome } from '../common/orders.ts';
import type { Moment, OrderEntry, OrderState } from './agent-machine.ts';
import type { Vantage } from './facts.ts';
import type { Instance } from './instance.ts';

export interface OrderRun extends Vantage {
  readonly order: Order;
  readonly instance: Instance;
  /** An earlier attempt at this step stopped the database and could start neither release: this attempt finds it down. */
  leftDown(): boolean;
  /** The controller gave it up while it was under way; only jobs ask. */
  readonly cancelled: AbortSignal;
  state(): OrderState;
  /** Durable before it returns; only then may be acted. */
  record(entry: OrderEntry): void;
  now(): Moment;
  /** Waiting that is the database's time: between two looks at whether it is ready. */
  engineTakes<T>(work: Promise<T>): Promise<T>;
  /** Fraction 0 to 1; may be lost. */
  progress(part: string, fraction: number, note: string): void;
}

/** What an order came to, before it becomes a receipt. */
export interface Ending {
  readonly outcome: Outcome;
  readonly failure?: Failure;
  readonly reverted?: boolean;
  readonly findings: readonly Finding[];
  /** Seen by the order itself; undefined: the executor looks afterwards. */
  readonly facts?: NodeFacts;
  readonly effects?: readonly Effect[];
  readonly token?: string;
}

export type BodyOf<K extends OrderBody['kind']> = Extract<OrderBody, { kind: K }>;

/** Milliseconds until the order's deadline, counted while an agent ran; may be negative. */
export function leftMs(run: OrderRun): number {
  return run.order.deadlineMs - run.now().ranMs;
}

/** How an order ends that asks for what this engine's driver does not have (P13). */
export function unknownWord(run: OrderRun, what: string): Ending {
  const { instance, engine } = run.instance.settings;
  const why = failure('refused', 'unknown-word', `${instance}: this agent's driver for ${engine} does not know ${what}`);
  return { outcome: 'refused', failure: why, findings: [] };
}

/** A signal that also ends when the order's time is over. */
export function timeOf(run: OrderRun): { readonly signal: AbortSignal; end(): void } {
  const over = new AbortController();
  const timer = run.clock.after(Math.max(0, leftMs(run)), () => over.abort());
  return { signal: AbortSignal.any([run.signal, over.signal]), end: () => timer.cancel() };
}

export function deadlinePassed(run: OrderRun, what: string): Error {
  return fail('timeout', 'deadline-passed', `${run.instance.settings.instance}: ${what} did not end within ${run.order.deadlineMs} ms`);
}

/** Short at first, so that what takes milliseconds is not waited for; then sparing, for the host has other work. */
export function pollDelayMs(clock: Clock, sinceMs: number): number {
  const waitedMs = clock.monotonicMs() - sinceMs;
  return waitedMs < 500 ? 1 : waitedMs < 2_000 ? 10 : waitedMs < 10_000 ? 50 : 250;
}
