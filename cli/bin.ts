#!/usr/bin/env node
import { constants } from 'node:os';
import { requireRuntime } from '../common/runtime.ts';

requireRuntime('drydock');

// A reader that has seen enough (`drydock … | head`) is no failure.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0);
    throw error;
  });
}

// The first Ctrl-C lets a command leave in order; the second one ends the program. Never `once`: where no listener is left, that of the live
// view's library takes the signal for the program's end and kills it.
const interrupted = new AbortController();
process.on('SIGINT', () => (interrupted.signal.aborted ? process.exit(128 + constants.signals.SIGINT) : interrupted.abort()));

// Waiting on a timer of the clock alone must not end the program.
const alive = setInterval(() => {}, 2 ** 30);
// Loaded only now: it needs the runtime that was asked for.
const [{ main }, { systemClock }] = await Promise.all([import('./main.ts'), import('../common/clock.ts')]);
process.exitCode = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  stdin: process.stdin,
  env: process.env,
  clock: systemClock,
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
  interrupted: interrupted.signal,
});
clearInterval(alive);
// The library waits for a handshake that never comes, long after it was told to close: that must not keep the program. First what was written goes out.
const flushed = (stream: NodeJS.WriteStream) => new Promise<void>((resolve) => void stream.write('', () => resolve()));
await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
process.exit();
