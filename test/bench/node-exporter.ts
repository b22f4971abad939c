/**
 * The yardstick for a small resident program: prometheus-node-exporter, from PATH or unpacked from Debian's package into a cache outside the
 * clone (nothing is installed). Where neither is to be had the figure says so.
 */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { get } from 'node:http';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { freePorts } from '../../demo/ports.ts';
import { waitFor } from '../../demo/wait.ts';
import { type Memory, memoryOf } from './memory.ts';

const cache = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'drydock', 'node-exporter');

function onPath(): string | null {
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    for (const name of ['prometheus-node-exporter', 'node_exporter']) if (existsSync(join(folder, name))) return join(folder, name);
  return null;
}

function unpacked(): string {
  const program = join(cache, 'usr/bin/prometheus-node-exporter');
  if (existsSync(program)) return program;
  mkdirSync(cache, { recursive: true });
  const inCache = { cwd: cache, stdio: ['ignore', 'ignore', 'pipe'] as ['ignore', 'ignore', 'pipe'] };
  try {
    execFileSync('apt-get', ['download', 'prometheus-node-exporter'], inCache);
  } catch {
    execFileSync('apt-get', ['update', '-qq'], inCache);
    execFileSync('apt-get', ['download', 'prometheus-node-exporter'], inCache);
  }
  const archive = readdirSync(cache).find((name) => name.endsWith('.deb'));
  if (archive === undefined) throw new Error('apt-get download left no package');
  execFileSync('dpkg-deb', ['-x', archive, cache], inCache);
  return program;
}

function scrape(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const request = get({ host: '127.0.0.1', port, path: '/metrics' }, (response) => {
      response.resume();
      response.on('end', () => resolve(response.statusCode === 200));
    });
    request.on('error', () => resolve(false));
  });
}

/** Its memory after six scrapes, in bytes; or why there is none. */
export async function nodeExporterMemory(): Promise<Memory | string> {
  let program: string;
  try {
    program = onPath() ?? unpacked();
  } catch (error) {
    return `node_exporter is not here (apt-get download prometheus-node-exporter: ${(error as Error).message.split('\n')[0]})`;
  }
  const [port] = await freePorts(1);
  if (port === undefined) return 'no free port';
  const child = spawn(program, [`--web.listen-address=127.0.0.1:${port}`], { stdio: 'ignore' });
  try {
    await waitFor('node_exporter answers', 10_000, new AbortController().signal, async () =>
      (await scrape(port)) ? { seen: true } : { notYet: 'no answer' },
    );
    for (let round = 0; round < 6; round++) await scrape(port);
    return memoryOf(child.pid ?? 0);
  } finally {
    child.kill('SIGKILL');
  }
}
