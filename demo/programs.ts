/** How the demo starts Drydock's own programs: the built ones when they are up to date, else straight from the sources. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const sources = {
  drydock: 'cli/bin.ts',
  'drydock-agent': 'agent/bin.ts',
  'drydock-controller': 'controller/bin.ts',
} as const;
export type Program = keyof typeof sources;

/** Beginning of the argument vector; the program's own arguments follow. */
export function programArgv(program: Program): [string, ...string[]] {
  return isBuilt(program) ? [process.execPath, builtFile(program)] : sourceArgv(sources[program]);
}

/** Runs a TypeScript file of this clone, whatever folder the caller is in. */
export function sourceArgv(path: string): [string, ...string[]] {
  return [process.execPath, '--import', import.meta.resolve('tsx'), join(root, path)];
}

const builtFile = (program: Program) => join(root, 'dist', `${program}.js`);

/** A build older than the sources would show yesterday's program. */
export function isBuilt(program: Program): boolean {
  const stats = statSync(builtFile(program), { throwIfNoEntry: false });
  return stats !== undefined && newestSourceMs() <= stats.mtimeMs;
}

let newest: number | null = null;

function newestSourceMs(): number {
  newest ??= Math.max(
    ...['agent', 'cli', 'common', 'controller', 'engines', 'proto']
      .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return newest;
}
