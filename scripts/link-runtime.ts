/**
 * Puts the Node that `npm ci` brought along first in the PATH of npm scripts and npx. npm 11 makes this link from the package's `bin`; npm 10,
 * which comes with Node 20 and 22, leaves it out where the same `bin` is also that of a package for another processor.
 */
import { existsSync, mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

const modules = new URL('../node_modules', import.meta.url).pathname;
const runtime = `node-${process.platform}-${process.arch}`;
const link = join(modules, '.bin/node');

if (existsSync(join(modules, runtime, 'bin/node')) && !existsSync(link)) {
  mkdirSync(join(modules, '.bin'), { recursive: true });
  // One that leads nowhere is no link that exists, and would be in the way.
  rmSync(link, { force: true });
  symlinkSync(join('..', runtime, 'bin/node'), link);
}
