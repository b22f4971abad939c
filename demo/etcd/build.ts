/** Builds etcd, etcdctl and etcdutl from the Go module proxy into the cache of releases.ts. What is built already is left alone. */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fail } from '../../common/failure.ts';
import { isThere } from '../release-folders.ts';
import { signal as endProcess } from '../supervisor/processes.ts';
import { type EtcdVersion, etcdCacheDir, etcdPrograms } from './releases.ts';

const never = new AbortController().signal;

/**
 * About three minutes for the first version, less for the rest. Throws FailureError(failed, `cannot-build`) with what to do. Aborted: ends what
 * runs, with all that it has started, and throws the signal's reason.
 */
export async function buildEtcd(versions: readonly EtcdVersion[], say: (line: string) => void, signal: AbortSignal = never): Promise<void> {
  const missing = [];
  for (const version of versions)
    for (const program of etcdPrograms) {
      const target = join(etcdCacheDir(), version, 'bin', program.name);
      if (!(await isThere(target))) missing.push({ version, program, target });
    }
  if (missing.length === 0) return;
  await ensureGo(say, signal);
  for (const [at, { version, program, target }] of missing.entries()) {
    say(`building ${program.name} ${version} from source, ${at + 1} of ${missing.length}; kept in ${etcdCacheDir()}`);
    await buildProgram(version, program.module, target, signal);
  }
}

/** A go.mod of each program's own: one for all would pull api modules of different versions together. */
async function buildProgram(version: EtcdVersion, module: string, target: string, signal: AbortSignal): Promise<void> {
  const scratch = await mkdtemp(join(tmpdir(), 'drydock-build-etcd-'));
  try {
    await run('go', ['mod', 'init', 'drydock.invalid/build'], scratch, signal);
    await run('go', ['get', `${module}@v${version}`], scratch, signal);
    // Stripped and without paths of this machine, so that equal sources give equal programs.
    await run('go', ['build', '-trimpath', '-ldflags=-s -w', '-o', join(scratch, 'built'), module], scratch, signal);
    await mkdir(join(target, '..'), { recursive: true });
    await chmod(join(scratch, 'built'), 0o755);
    const partial = `${target}.partial`;
    await run('cp', [join(scratch, 'built'), partial], scratch, signal);
    await rename(partial, target);
  } finally {
    await rm(scratch, { recursive: true, force: true, maxRetries: 3 });
  }
}

/** The compiler, installed when it is missing and we may. */
async function ensureGo(say: (line: string) => void, signal: AbortSignal): Promise<void> {
  if (await isInstalled(signal)) return;
  if (process.getuid?.() === 0) {
    say('installing golang-go');
    await run('apt-get', ['install', '-y', '--no-install-recommends', 'golang-go'], '/', signal);
  }
  if (!(await isInstalled(signal)))
    throw fail('failed', 'cannot-build', 'go is not installed: install Go 1.24 or newer (Debian: apt-get install golang-go)');
}

async function isInstalled(signal: AbortSignal): Promise<boolean> {
  return run('go', ['version'], '/', signal).then(
    () => true,
    () => {
      signal.throwIfAborted();
      return false;
    },
  );
}

/** Runs a program to its end; throws with the tail of what it said. */
async function run(program: string, args: readonly string[], cwd: string, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  const child = spawn(program, args, {
    cwd,
    // A group of its own: go starts a compiler for each package, and they must end with it.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GO111MODULE: 'on', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-2000)));
  const end = () => child.pid !== undefined && endProcess(-child.pid, 'SIGKILL');
  signal.addEventListener('abort', end, { once: true });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  }).finally(() => signal.removeEventListener('abort', end));
  signal.throwIfAborted();
  if (exitCode !== 0)
    throw fail(
      'failed',
      'cannot-build',
      `${program} ${args.join(' ')} ended with ${exitCode}: ${output.trim()}; check the network, then try again`,
    );
}
