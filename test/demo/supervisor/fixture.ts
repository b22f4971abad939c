/** A supervisor as a real process over units that are small node programs. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../../demo/supervisor/processes.ts';
import type { SupervisorSettingsInput, UnitInput } from '../../../demo/supervisor/protocol.ts';

const mainPath = fileURLToPath(new URL('../../../demo/supervisor/main.ts', import.meta.url));

/**
 * Ends quickly when asked, which it can be from its first word on, and has a child that left its process group, as a database server's have. That
 * one outlives it by 20 seconds, which is longer than any test looks, and not for ever.
 */
export const politeProgram = `
  const { spawn } = require('node:child_process');
  const lives = 'process.stdin.resume(); process.stdin.on("close", () => setTimeout(process.exit, 20000))';
  const below = spawn(process.execPath, ['-e', lives], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
  process.on('SIGINT', () => { below.kill('SIGKILL'); below.once('exit', () => process.exit(0)); });
  console.log('child', below.pid);
  setInterval(() => {}, 1000);
`;
export const stubbornProgram = `process.on('SIGTERM', () => {}); console.log('deaf'); setInterval(() => {}, 1000);`;
export const brokenProgram = `console.log('broken'); process.exit(7);`;

export interface Fixture {
  readonly dir: string;
  readonly socket: string;
  readonly supervisor: ChildProcess;
  /** A unit whose program is this source text, logging to <name>.log of the folder. */
  log(unit: string): string;
  /** Polls until the probe gives something, at most ten seconds. */
  eventually<T>(what: string, poll: () => T | undefined | Promise<T | undefined>): Promise<T>;
  /** Writes raw bytes and gives the lines that come back until the peer closes or so many have come. */
  raw(text: string, lines: number): Promise<readonly unknown[]>;
  end(): Promise<void>;
}

export const program = (name: string, source: string, dir: string, more: Partial<UnitInput> = {}): UnitInput => ({
  name,
  argv: [process.execPath, '-e', source],
  logFile: join(dir, `${name}.log`),
  ...more,
});

/** Starts a supervisor over the units and waits until it says that it is ready. */
export async function startSupervisor(unitsIn: (dir: string) => readonly UnitInput[], flags: readonly string[] = []): Promise<Fixture> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-supervisor-'));
  const socket = join(dir, 'supervisor.sock');
  const settings: SupervisorSettingsInput = { socket, units: [...unitsIn(dir)], closeLimitMs: 200 };
  writeFileSync(join(dir, 'supervisor.json'), JSON.stringify(settings));
  const supervisor = spawn(process.execPath, ['--import', 'tsx', mainPath, join(dir, 'supervisor.json'), ...flags], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(supervisor, 'exit');
  await once(createInterface(supervisor.stdout), 'line');
  return {
    dir,
    socket,
    supervisor,
    log: (unit) => readFileSync(join(dir, `${unit}.log`), 'utf8'),
    eventually,
    raw: (text, lines) => exchange(socket, text, lines),
    async end() {
      supervisor.kill('SIGTERM');
      await ended;
      rmSync(dir, { recursive: true, force: true });
    },
  };
}

async function eventually<T>(what: string, poll: () => T | undefined | Promise<T | undefined>): Promise<T> {
  const limitMs = performance.now() + 10_000;
  while (performance.now() < limitMs) {
    const found = await poll();
    if (found !== undefined) return found;
    await new Promise(setImmediate);
  }
  throw new Error(`never seen within 10 s: ${what}`);
}

function exchange(socketPath: string, text: string, wanted: number): Promise<readonly unknown[]> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(socketPath, () => socket.write(text));
    const lines: unknown[] = [];
    socket.on('error', reject);
    socket.on('close', () => resolve(lines));
    createInterface(socket).on('line', (line) => {
      lines.push(JSON.parse(line));
      if (lines.length === wanted) socket.end();
    });
  });
}

/** Resolves when none of the processes lives any more. */
export const allGone = (pids: readonly number[]) => eventually(`end of ${pids.join(', ')}`, () => (pids.some(isAlive) ? undefined : true));
