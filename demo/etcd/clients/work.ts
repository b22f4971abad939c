/** What the etcd fleet's clients do, each until the signal is aborted: raise the counter, read it, watch it. */
import { createInterface } from 'node:readline';
import { type Clock, pause } from '../../../common/clock.ts';
import type { GapMeter, Ledger } from '../../clients/ledger.ts';
import { attemptIncrement, counterKey, readCounter, type Seen } from './counter.ts';
import { answerLimitMs, encoded, opened, watchedSchema } from './gateway.ts';

/** Between two rounds over the members while none answers; keeps the measured gap true to a few milliseconds. */
const redialMs = 5;
/** Each writer numbers its increments in a range of its own. */
export const rangeOfWriter = 1_000_000_000;

/** What the clients know of the counter together. */
export interface Watchfulness {
  /** Highest value that was acknowledged to anybody: no read that begins now may be below it. */
  floor: number;
  /** Reads that were. */
  stale: number;
  /** Values that the watch was told of. */
  watched: number;
  /** Values that it was not told of, or twice. */
  missed: number;
  readonly watchGap: GapMeter;
}

export interface EtcdWork {
  readonly members: readonly string[];
  readonly ledger: Ledger;
  readonly known: Watchfulness;
  readonly clock: Clock;
  readonly pauseMs: number;
  readonly signal: AbortSignal;
}

/** A member after the other, so that one that is down is passed over. */
function circle(members: readonly string[], startAt: number) {
  let at = startAt;
  return { now: () => members[at % members.length] ?? '', turn: () => (at += 1) };
}

/** Increment after increment, each repeated until it is acknowledged; the one in hand at the end promises nothing. */
export async function writeOn({ members, ledger, known, clock, pauseMs, signal }: EtcdWork, writer: number): Promise<void> {
  const member = circle(members, writer);
  let seen: Seen = { value: 0, revision: 0n };
  for (let number = 1; !signal.aborted; number += 1) {
    const id = writer * rangeOfWriter + number;
    let attempts = 1;
    while (!signal.aborted) {
      try {
        const attempt = await attemptIncrement(member.now(), id, seen);
        seen = attempt.seen;
        if (attempt.counted === null) continue;
        known.floor = Math.max(known.floor, attempt.counted);
        ledger.writeAcknowledged(id, attempts, clock.monotonicMs());
        break;
      } catch {
        ledger.writeFailed();
        attempts += 1;
        member.turn();
        await pause(clock, redialMs, signal);
      }
    }
    if (pauseMs > 0) await pause(clock, pauseMs, signal);
  }
}

/** Asks the members in turn; each answer is held against what had been acknowledged when it was asked for. */
export async function readOn({ members, ledger, known, clock, pauseMs, signal }: EtcdWork): Promise<void> {
  const member = circle(members, 0);
  while (!signal.aborted) {
    const { floor } = known;
    const restMs = await readCounter(member.now()).then(
      ({ value }) => {
        if (value < floor) known.stale += 1;
        ledger.readAcknowledged(clock.monotonicMs());
        return pauseMs;
      },
      () => redialMs,
    );
    member.turn();
    if (restMs > 0) await pause(clock, restMs, signal);
  }
}

/** Watches the counter, goes on at another member from the next revision when a stream breaks or falls silent. */
export async function watchOn({ members, known, clock, signal }: EtcdWork, longestMs: number | null): Promise<void> {
  const member = circle(members, 1);
  let last: Seen | null = null;
  while (!signal.aborted) {
    try {
      for await (const seen of watched(member.now(), last, longestMs, signal)) {
        known.watched += 1;
        if (last !== null && seen.value !== last.value + 1) known.missed += 1;
        last = seen;
        known.watchGap.acknowledge(clock.monotonicMs());
      }
    } catch {
      // It is taken up at the next member.
    }
    member.turn();
    await pause(clock, redialMs, signal);
  }
}

async function* watched(member: string, after: Seen | null, longestMs: number | null, signal: AbortSignal): AsyncGenerator<Seen> {
  const silent = new AbortController();
  const over = longestMs === null ? null : setTimeout(() => silent.abort(), longestMs);
  let silence = setTimeout(() => silent.abort(), answerLimitMs);
  try {
    const from = after === null ? {} : { start_revision: String(after.revision + 1n) };
    const stream = await opened(
      member,
      '/v3/watch',
      { create_request: { key: encoded(counterKey), ...from } },
      AbortSignal.any([signal, silent.signal]),
    );
    for await (const line of createInterface({ input: stream })) {
      const { result } = watchedSchema.parse(JSON.parse(line));
      if (result.canceled) return;
      for (const { kv } of result.events) yield { value: Number(kv.value), revision: kv.mod_revision };
      clearTimeout(silence);
      silence = setTimeout(() => silent.abort(), answerLimitMs);
    }
  } finally {
    clearTimeout(silence);
    if (over !== null) clearTimeout(over);
    silent.abort();
  }
}
