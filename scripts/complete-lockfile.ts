/**
 * A registry mirror may serve only some platforms' binaries. npm then leaves the others out of package-lock.json, and `npm ci` refuses the
 * file everywhere. This adds what the packages themselves name: version and platform, so that other machines skip them. After `npm install`.
 * A package with its binaries inside says `gypfile: false`, which npm does not copy into the lock either, and compiles it all the same.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

interface Entry {
  version?: string;
  dev?: boolean;
  optional?: boolean;
  gypfile?: boolean;
  os?: readonly string[];
  cpu?: readonly string[];
  libc?: readonly string[];
  optionalDependencies?: Readonly<Record<string, string>>;
}

/** Packages that bring binaries for every platform of ours. */
const prebuilt = ['better-sqlite3'];

const file = join(new URL('..', import.meta.url).pathname, 'package-lock.json');
const lock = JSON.parse(readFileSync(file, 'utf8')) as { packages: Record<string, Entry> };

const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm64', 'armv7', 'arm', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'x64'];

/** `@scope/binding-linux-arm64-musl` is for linux, arm64, musl. */
function platformOf(name: string): Pick<Entry, 'os' | 'cpu' | 'libc'> {
  const words = name.split(/[/-]/);
  const os = systems.filter((system) => words.includes(system));
  const cpu = processors.filter((processor) => words.includes(processor)).map((processor) => (processor === 'armv7' ? 'arm' : processor));
  if (os.length !== 1 || cpu.length !== 1)
    throw new Error(`${name}: its platform cannot be told from its name; lock it on a machine that it is for`);
  return { os, cpu, ...(words.some((word) => word.startsWith('musl')) ? { libc: ['musl'] } : {}) };
}

for (const [path, entry] of Object.entries(lock.packages)) {
  if (path === '') continue;
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    if (`${path}/node_modules/${name}` in lock.packages || `node_modules/${name}` in lock.packages) continue;
    lock.packages[`node_modules/${name}`] = { version, ...(entry.dev === true ? { dev: true } : {}), optional: true, ...platformOf(name) };
  }
}

for (const name of prebuilt) {
  const entry = lock.packages[`node_modules/${name}`];
  if (entry === undefined) throw new Error(`${name} is listed as prebuilt and is not in the lock`);
  entry.gypfile = false;
}

const [root, ...rest] = Object.entries(lock.packages);
if (root === undefined) throw new Error(`${file} holds no packages`);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
