/** Pins, install scripts, licences and digests of the packages that this program is made of. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { complaints, type Lock, type Manifest, partsOf } from './supply-chain/lock.ts';

const root = new URL('..', import.meta.url).pathname;
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const lock = read('package-lock.json') as Lock;
const found = complaints(read('package.json') as Manifest, lock);
for (const complaint of found) console.error(complaint);
console.log(`supply chain: ${partsOf(lock, false).length} packages looked at, ${partsOf(lock, true).length} of them in production`);
if (found.length > 0) process.exitCode = 1;
