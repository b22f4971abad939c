/** `npm run sbom [-- FILE]`: the bill of materials of what runs in production, CycloneDX 1.6, as JSON; on stdout where no file is named. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Lock, Manifest } from './supply-chain/lock.ts';
import { sbomOf } from './supply-chain/sbom.ts';

const root = new URL('..', import.meta.url).pathname;
const read = (name: string): unknown => JSON.parse(readFileSync(join(root, name), 'utf8'));
const text = `${JSON.stringify(sbomOf(read('package.json') as Manifest, read('package-lock.json') as Lock), null, 2)}\n`;
const [file] = process.argv.slice(2);
if (file === undefined) process.stdout.write(text);
else writeFileSync(file, text);
