#!/usr/bin/env node
import { main } from './main.ts';

process.exitCode = await main(process.argv.slice(2));
// Streams that are being torn down must not keep an agent alive that has left.
process.exit();
