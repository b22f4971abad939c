/**
 * Builds etcd, etcdctl and etcdutl of every version that demo and tests use, from the Go module proxy into a cache outside the clone:
 * `npx tsx scripts/build-etcd.ts [VERSION…]`. What is built already is left alone. About three minutes for the first one, less for the rest.
 */
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EtcdVersion, etcdCacheDir, etcdPrograms, etcdVersions, isThere } from '../demo/etcd/releases.ts';

/** A go.mod of each program's own: one for all would pull api modules of different versions together. */
async function buildProgram(version: EtcdVersion, program: (typeof etcdPrograms)[number]): Promise<void> {
  const binDir = join(etcdCacheDir(), version, 'bin');
  const target = join(binDir, program.name);
  if (await isThere(target)) return;
  process.stderr.write(`building ${program.name} ${version}\n`);
  const scratch = await mkdtemp(join(tmpdir(), 'drydock-build-etcd-'));
  try {
    await go(scratch, ['mod', 'init', 'drydock.invalid/build']);
    await go(scratch, ['get', `${program.module}@v${version}`]);
    // Stripped and without paths of this machine, so that equal sources give equal programs.
    await go(scratch, ['build', '-trimpath', '-ldflags=-s -w', '-o', join(scratch, 'built'), program.module]);
    await mkdir(binDir, { recursive: true });
    await chmod(join(scratch, 'built'), 0o755);
    const partial = `${target}.partial`;
    await run('cp', [join(scratch, 'built'), partial], scratch);
    await rename(partial, target);
  } finally {
    await rm(scratch, { recursive: true });
  }
}

async function go(cwd: string, args: readonly string[]): Promise<void> {
  await run('go', args, cwd);
}

/** The compiler, installed when it is missing and we may. Throws with what to do when it stays missing. */
async function ensureGo(): Promise<void> {
  if (await isInstalled()) return;
  if (process.getuid?.() === 0) await run('apt-get', ['install', '-y', '--no-install-recommends', 'golang-go'], '/');
  if (!(await isInstalled())) throw new Error('go is not installed: install Go 1.24 or newer (Debian: apt-get install golang-go)');
}

async function isInstalled(): Promise<boolean> {
  return run('go', ['version'], '/').then(
    () => true,
    () => false,
  );
}

/** Runs a program to its end; throws with the tail of what it said. */
async function run(program: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(program, args, {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GO111MODULE: 'on', GOFLAGS: '-buildvcs=false', CGO_ENABLED: '0' },
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (exitCode !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${exitCode}: ${said.trim()}`);
}

function wantedVersions(): readonly EtcdVersion[] {
  const named = process.argv.slice(2);
  const unknown = named.find((name) => !etcdVersions.some((version) => version === name));
  if (unknown !== undefined) throw new Error(`${unknown} is none of the versions that are built here: ${etcdVersions.join(', ')}`);
  return named.length === 0 ? etcdVersions : etcdVersions.filter((version) => named.includes(version));
}

await ensureGo();
for (const version of wantedVersions()) for (const program of etcdPrograms) await buildProgram(version, program);
