/** What a database waits for while it goes down, told as progress: it answers no client then, and silence reads as if nothing were wrong. */
import { pause } from '../common/clock.ts';
import type { DriverContext } from '../common/driver.ts';
import type { OrderRun } from './order-run.ts';
import { within } from './within.ts';

/** A stop that is over sooner needs no words. */
const firstMs = 1_000;
const everyMs = 1_000;
const answerMs = 3_000;

/** In one sentence without its end; null: the driver does not know, or sees nothing that it waits for. */
export async function shutdownWait(run: OrderRun, context: DriverContext): Promise<string | null> {
  const { driver } = run.instance;
  if (driver.shutdownWaitsFor === undefined) return null;
  return within(run.clock, answerMs, driver.shutdownWaitsFor(context)).catch(() => null);
}

/** Tells of it for as long as this work takes. */
export async function whileStopping(run: OrderRun, context: DriverContext, work: Promise<void>): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([run.signal, over.signal]);
  const telling = (async () => {
    await pause(run.clock, firstMs, signal);
    while (!signal.aborted) {
      const waits = await shutdownWait(run, context);
      if (!signal.aborted) run.progress('stop', 0, waits ?? 'the database shuts down');
      await pause(run.clock, everyMs, signal);
    }
  })();
  // Saying it is worth nothing but itself: whatever goes wrong with it, the stop is what counts.
  telling.catch(() => undefined);
  try {
    await work;
  } finally {
    over.abort();
  }
}
