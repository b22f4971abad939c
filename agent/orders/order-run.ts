/** What the code that carries out one order works with. All of it dies with the agent, or when a person releases the order. */
import type { Clock, Timer } from '../../common/clock.ts';
import type { Finding, NodeFacts } from '../../common/facts.ts';
import { type Failure, fail, failure } from '../../common/failure.ts';
import type { Effect, Order, OrderBody, Outcome } from '../../common/orders.ts';
import type { Vantage } from '../facts/facts.ts';
import type { Instance } from '../instance.ts';
import type { Moment, OrderEntry, OrderState } from '../journal/agent-machine.ts';

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
  /** Seen by the order itself; undefined: the executor probes afterwards. */
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
  const why = failure('refused', 'unknown-word', `${instance}: this agent's driver for ${engine} does not support ${what}`);
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

/** The promise's value, or null when it takes longer than limitMs of the given clock; what comes later is dropped. */
export async function within<T>(clock: Clock, limitMs: number, promise: Promise<T>): Promise<T | null> {
  return new Promise((resolve, reject) => {
    let timer: Timer | null = null;
    // Before the timer: where the clock takes none any more, what was asked must not fail unheard.
    promise.then(resolve, reject).finally(() => timer?.cancel());
    timer = clock.after(Math.max(0, limitMs), () => resolve(null));
  });
}

export interface Stopwatch {
  now(): Moment;
}

/**
 * Measures an order from its begin, or goes on from the newest moment in the journal. The monotonic clock does not survive a restart,
 * so the time without an agent is taken from the wall clock, and never counts as negative.
 */
export function startStopwatch(clock: Clock, last: Moment | null): Stopwatch {
  const startedMs = clock.monotonicMs();
  const ranMs = last?.ranMs ?? 0;
  const awayMs = last === null ? 0 : Math.max(0, clock.wallMs() - last.wallMs);
  const spanMs = (last?.spanMs ?? 0) + awayMs;
  return {
    now() {
      const sinceMs = clock.monotonicMs() - startedMs;
      return { wallMs: clock.wallMs(), ranMs: ranMs + sinceMs, spanMs: spanMs + sinceMs };
    },
  };
}

// How long an order waited for the database and for what runs it; the rest of its time is the agent's own.

export interface EngineMeter {
  /** Milliseconds so far; waits at the same time count once. */
  readonly totalMs: number;
  /** Counts until the work has ended. */
  during<T>(work: Promise<T>): Promise<T>;
  /** The port with the named calls counted; without names all of them. */
  over<T extends object>(port: T, calls?: readonly (keyof T)[]): T;
}

export function startEngineMeter(clock: Clock): EngineMeter {
  let open = 0;
  let sinceMs = 0;
  let totalMs = 0;
  const begin = () => {
    if (open === 0) sinceMs = clock.monotonicMs();
    open += 1;
  };
  const end = () => {
    open -= 1;
    if (open === 0) totalMs += clock.monotonicMs() - sinceMs;
  };
  return {
    get totalMs() {
      return totalMs + (open > 0 ? clock.monotonicMs() - sinceMs : 0);
    },
    during(work) {
      begin();
      return work.finally(end);
    },
    over: (port, calls) =>
      new Proxy(port, {
        get(target, key) {
          const member: unknown = Reflect.get(target, key, target);
          if (typeof member !== 'function' || (calls !== undefined && !calls.includes(key as keyof typeof target))) return member;
          return (...args: readonly unknown[]): unknown => {
            // Before the call: the start of a tool takes its time before there is a promise.
            begin();
            let answer: unknown;
            try {
              answer = Reflect.apply(member, target, args);
            } finally {
              if (!(answer instanceof Promise)) end();
            }
            return answer instanceof Promise ? answer.finally(end) : answer;
          };
        },
      }),
  };
}
