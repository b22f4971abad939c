#!/usr/bin/env node
import { requireRuntime } from '../common/runtime.ts';

requireRuntime('drydock-agent');

// Loaded only now: it needs the runtime that was asked for.
const { main } = await import('./main.ts');
process.exitCode = await main(process.argv.slice(2));
// Streams that are being torn down must not keep an agent alive that has left.
process.exit();
