/** Prometheus and promtool for tests: those of the PATH, else the package of Debian, unpacked once into a cache outside the clone. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

export interface Prometheus {
  /** `prometheus, version 2.42.0+ds …`. */
  readonly version: string;
  readonly server: string;
  readonly promtool: string;
}

/** `missing`: why there is none, and what to do, one sentence. */
export type FoundPrometheus = Prometheus | { readonly missing: string };

const remedy = 'install Prometheus with promtool, or run `npx tsx scripts/get-prometheus.ts` where apt-get reaches the packages of Debian';

export function getPrometheus(): FoundPrometheus {
  const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock-prometheus');
  const there = toolsIn('') ?? toolsIn(join(cache, 'usr/bin'));
  if (there !== null) return there;
  const failed = unpackInto(cache);
  if (failed !== null) return { missing: `there is no Prometheus here, and it could not be fetched: ${failed}; ${remedy}` };
  return toolsIn(join(cache, 'usr/bin')) ?? { missing: `the package in ${cache} has no Prometheus that runs here; ${remedy}` };
}

/** Of a folder; empty: of the PATH. */
function toolsIn(folder: string): Prometheus | null {
  const [server, promtool] = ['prometheus', 'promtool'].map((name) => (folder === '' ? name : join(folder, name))) as [string, string];
  const version = firstLine(server);
  return version === null || firstLine(promtool) === null ? null : { version, server, promtool };
}

function firstLine(program: string): string | null {
  const { status, stdout } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? (stdout.split('\n')[0] ?? '') : null;
}

/** It appears whole or not at all. Returns why it did not; null: it did. */
function unpackInto(cache: string): string | null {
  mkdirSync(dirname(cache), { recursive: true });
  const scratch = mkdtempSync(`${cache}.partial-`);
  try {
    // Lists of its own where those of the system are empty or old: the system stays as it is.
    const ownLists = ['-o', `Dir::State::lists=${join(scratch, 'lists')}`, '-o', `Dir::Cache=${join(scratch, 'cache')}`];
    for (const folder of ['lists/partial', 'cache/archives/partial']) mkdirSync(join(scratch, folder), { recursive: true });
    let failed = run('apt-get', ['download', 'prometheus'], scratch);
    if (failed !== null)
      failed = run('apt-get', [...ownLists, 'update'], scratch) ?? run('apt-get', [...ownLists, 'download', 'prometheus'], scratch);
    if (failed !== null) return failed;
    const archive = readdirSync(scratch).find((name) => name.endsWith('.deb'));
    if (archive === undefined) return 'apt-get downloaded nothing';
    const unpacked = run('dpkg-deb', ['-x', archive, 'unpacked'], scratch);
    if (unpacked !== null) return unpacked;
    if (existsSync(cache)) rmSync(cache, { recursive: true });
    renameSync(join(scratch, 'unpacked'), cache);
    return null;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Why it failed; null: it did not. */
function run(program: string, args: readonly string[], cwd: string): string | null {
  const { status, error, stderr } = spawnSync(program, args, { cwd, encoding: 'utf8', timeout: 180_000 });
  if (error !== undefined) return `${program} does not run here: ${error.message}`;
  if (status === 0) return null;
  const says = stderr.split('\n').find((line) => line.startsWith('E:')) ?? stderr.trim().split('\n').at(-1) ?? '';
  return `${[program, ...args.filter((each) => each === 'update' || each === 'download')].join(' ')} ended with ${status}: ${says}`;
}
