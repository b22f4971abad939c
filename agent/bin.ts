#!/usr/bin/env node
import { setFlagsFromString } from 'node:v8';
import { requireRuntime } from '../common/runtime.ts';

requireRuntime('drydock-agent');

// Beside a database memory is worth more than speed. Set here and not where it is started, so that it is so however that comes about.
setFlagsFromString('--optimize-for-size');
// Code of the baseline compiler would be 2 MB of an idle agent and 3 MB after orders, and saves no CPU that could be measured (docs/benchmarks.md).
setFlagsFromString('--no-sparkplug');

// Loaded only now: it needs the runtime that was asked for.
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
// Streams that are being torn down must not keep an agent alive that has left.
process.exit();
