/** What a database says when it is slow or fails: what it waits for while it stops, and why it did not start, from the end of its log. */
import { pause } from '../../common/clock.ts';
import type { DriverContext } from '../../common/driver.ts';
import { durationText } from '../../common/duration-text.ts';
import { type Failure, FailureError, fail, toFailure } from '../../common/failure.ts';
import { tellingLines } from '../../common/log.ts';
import { contextOf, contextWith } from '../facts/facts.ts';
import type { LogEnd, StartMark } from '../host/host.ts';
import { partOf } from '../journal/agent-machine.ts';
import { type OrderRun, within } from '../orders/order-run.ts';
import type { DowntimeSight } from './machine.ts';

/** Codes of starts that the database itself ended, and of those that went on until the time was over. */
const endedAtStart = ['exited-at-start', 'exited-at-once'];
const lateAtStart = ['not-ready', 'start-timeout'];

/** Its database was stopped by this order and is not down yet. */
export const stillStopping = 'still-stopping';

/** A log on a file system that hangs holds up nothing: neither the start nor the rollback. */
const markMs = 500;
const readMs = 2_000;
/** What a program wrote last may still be on its way when it is gone, on a busy host for a while: it is read until two readings are the same. */
const settleMs = 200;
const mostReadings = 8;

/** What is to be said of a start that ended in such a failure; null: it is none of a start. */
export function startFailureText(code: string | undefined, what: string, instance: string): string | null {
  if (code === undefined) return null;
  if (endedAtStart.includes(code)) return `${what} did not start on ${instance}`;
  return lateAtStart.includes(code) ? `${what} was not ready on ${instance} in time` : null;
}

/** Two starts that ended for the same reason: their logs differ in times and process ids. */
export function failedAlike(one: Failure, other: Failure): boolean {
  const form = ({ message }: Failure) => message.replaceAll(/\d+/g, '0');
  return endedAtStart.includes(one.code) && form(one) === form(other);
}

/** Directly before a start, where each log stands. What cannot be found out is left out. */
export async function markStart(run: OrderRun, { unit, currentRelease }: DowntimeSight): Promise<StartMark> {
  const { host, instance } = run;
  const mark = async (path: string) => orNull(run, markMs, host.markLog(path));
  const context = contextWith(run, instance, currentRelease);
  const [unitFile, serverFiles] = await Promise.all([
    orNull(run, markMs, host.unitLogFile(instance.settings.unit)),
    orNull(run, markMs, serverLogFiles(run, context)),
  ]);
  const paths = [...(unitFile === null ? [] : [unitFile]), ...(serverFiles ?? [])];
  const logs = (await Promise.all(paths.map(mark))).filter((each) => each !== null);
  return { atMs: run.now().wallMs, invocationId: unit.invocationId, logs };
}

/** What the node is then: neither down nor in service. */
export async function stopsStill(run: OrderRun, context: DriverContext, sinceMs: number): Promise<string> {
  const waits = await shutdownWait(run, context);
  const what = waits === null ? '' : `: ${waits}`;
  return `${run.instance.settings.instance}: asked to stop ${durationText(sinceMs)} ago, still shutting down${what}`;
}

export async function diedAtStart(run: OrderRun): Promise<FailureError> {
  const { unit } = run.instance.settings;
  return fail('failed', 'exited-at-start', `unit ${unit} exited while it was starting; ${await lastWords(run)}`);
}

/** It runs, and does not answer as it should: `detail` says what it did instead. What this order did not start has no log of its own. */
export async function lateAtItsStart(run: OrderRun, detail: string, started: boolean): Promise<FailureError> {
  const log = started ? `; ${logText(await readLog(run))}` : '';
  return fail('timeout', 'not-ready', `${run.instance.settings.instance}: not ready in time: ${detail}${log}`);
}

/** What was thrown by a start, with the log where the database was started at all. */
export async function withLog(run: OrderRun, thrown: unknown): Promise<unknown> {
  const { code, class: failureClass, message, remedy } = toFailure(thrown);
  if (code === 'start-timeout') return lateAtItsStart(run, message, true);
  return endedAtStart.includes(code) ? fail(failureClass, code, `${message}; ${await lastWords(run)}`, { remedy }) : thrown;
}

async function lastWords(run: OrderRun): Promise<string> {
  let log = await readLog(run);
  for (let reading = 1; reading < mostReadings; reading += 1) {
    await run.engineTakes(pause(run.clock, settleMs, run.signal));
    const before = log;
    log = await readLog(run);
    if (log?.text && log.text === before?.text && log.place === before.place) break;
  }
  return logText(log);
}

/** The server's own file counts, once it has written there: its unit's program writes only until then. null: there is no log that is known. */
async function readLog(run: OrderRun): Promise<LogEnd | null> {
  const { host, instance } = run;
  const way = run.state().phase === 'reverting' ? 'back' : 'forward';
  const start = partOf(run.state(), 'start', way)?.mark ?? null;
  const files = contextOf(run, instance).then((context) => serverLogFiles(run, context));
  for (const path of (await orNull(run, readMs, files)) ?? []) {
    if (start === null) break;
    const mark = start.logs.find((log) => log.path === path) ?? null;
    const wanted = { path, mark, sinceMs: start.atMs, ownerOf: instance.settings.dataDir };
    const text = await orNull(run, readMs, host.logSince(wanted));
    if (text === null || text.trim() !== '') return { place: path, text };
  }
  return orNull(run, readMs, host.unitLog(instance.settings.unit, start));
}

async function serverLogFiles({ instance }: OrderRun, context: DriverContext): Promise<readonly string[]> {
  return (await instance.driver.logFiles?.(context)) ?? [];
}

function logText(log: LogEnd | null): string {
  if (log === null) return 'the location of its log is unknown';
  if (log.text === null) return `the log of this start could not be read: ${log.place}`;
  const { lines, last } = tellingLines(log.text);
  if (lines.length === 0) return `its log has no lines of this start: ${log.place}`;
  return `its log ${last ? 'ends with' : 'shows'}: ${lines.join(' | ')} (${log.place})`;
}

/** A log that cannot be read hides no failure. */
async function orNull<T>(run: OrderRun, limitMs: number, asked: Promise<T>): Promise<T | null> {
  try {
    return await within(run.clock, limitMs, asked);
  } catch (thrown) {
    if (thrown instanceof FailureError) return null;
    throw thrown;
  }
}

// What a database waits for while it goes down, told as progress: it answers no client then, and silence reads as if nothing were wrong.

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
      if (!signal.aborted) run.progress('stop', 0, waits ?? 'the database is shutting down');
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
