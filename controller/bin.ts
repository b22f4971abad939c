#!/usr/bin/env node
import { requireRuntime } from '../common/runtime.ts';

requireRuntime('drydock-controller');

const leave = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave.abort());

// Loaded only now: it needs the runtime that was asked for.
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2), leave.signal);
// Streams that are being torn down must not keep a controller alive that has left.
process.exit();
