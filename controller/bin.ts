#!/usr/bin/env node
import { main } from './main.ts';

const leave = new AbortController();
for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => leave.abort());

process.exitCode = await main(process.argv.slice(2), leave.signal);
// Streams that are being torn down must not keep a controller alive that has left.
process.exit();
