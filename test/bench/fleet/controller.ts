/** The built controller as a process of its own, with what it costs seen from outside: CPU and memory from /proc, and how long its event loop was kept. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { systemClock } from '../../../common/clock.ts';
import { storeName } from '../../../controller/store/sqlite-store.ts';
import { freePorts } from '../../../demo/ports.ts';
import { programArgv, root } from '../../../demo/programs.ts';
import { type Ended, runToEnd } from '../../../demo/spawned.ts';
import { waitFor } from '../../../demo/wait.ts';
import { testerFolder } from '../../identities.ts';
import { cpuMs } from '../cpu.ts';
import { memoryOf } from '../memory.ts';

const startLimitMs = 60_000;

export interface LoopDelay {
  readonly maxMs: number;
  readonly p99Ms: number;
  /** The most that its thread computed without a pause, by CPU time: what else the machine and its other threads do is not in it. */
  readonly computedMs: number;
  /** The longest garbage collection, by wall. */
  readonly collectedMs: number;
}

export interface BenchController {
  readonly address: string;
  readonly metricsUrl: string;
  start(): Promise<void>;
  kill(): Promise<void>;
  /** CPU that the living process has used, milliseconds. */
  cpuMs(): number;
  rssBytes(): number;
  /** Delays of its event loop since it was asked last. */
  loopDelay(): Promise<LoopDelay>;
  /** Runs `drydock` against it. */
  cli(args: readonly string[]): Promise<Ended>;
}

/** Keeps the delays of the loop, and writes them to a file when it is asked by a signal. Looked at more often, it would be much of what idle costs. */
const loopWatch = `
  import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
  import { renameSync, writeFileSync } from 'node:fs';
  const delays = monitorEventLoopDelay({ resolution: 10 });
  delays.enable();
  const cpuMs = () => {
    const { user, system } = process.threadCpuUsage();
    return (user + system) / 1e3;
  };
  let [lastMs, computedMs, collectedMs] = [cpuMs(), 0, 0];
  new PerformanceObserver((list) => {
    for (const { duration } of list.getEntries()) collectedMs = Math.max(collectedMs, duration);
  }).observe({ entryTypes: ['gc'] });
  setInterval(() => {
    const nowMs = cpuMs();
    computedMs = Math.max(computedMs, nowMs - lastMs);
    lastMs = nowMs;
  }, 20).unref();
  process.on('SIGUSR2', () => {
    const file = process.env.LOOP_DELAY_FILE;
    writeFileSync(file + '.partial', JSON.stringify({ maxMs: delays.max / 1e6, p99Ms: delays.percentile(99) / 1e6, computedMs, collectedMs }));
    renameSync(file + '.partial', file);
    delays.reset();
    [computedMs, collectedMs] = [0, 0];
  });
`;

/** In a folder of the caller's; `dir` holds its store. Fails where the program that would run is not the built one. */
export async function benchController(dir: string): Promise<BenchController> {
  const [node, program] = programArgv('drydock-controller');
  if (program !== join(root, 'dist/drydock-controller.js'))
    throw new Error(`the controller would run as ${program}: build it (npm run build)`);
  const identity = await testerFolder();
  const [port, metricsPort] = await freePorts(2);
  const address = `127.0.0.1:${port}`;
  const metrics = `127.0.0.1:${metricsPort}`;
  const settings = join(dir, 'controller.yaml');
  const readyFile = join(dir, 'ready');
  const delayFile = join(dir, 'loop-delay.json');
  writeFileSync(settings, stringify({ listen: address, metrics, stateDir: dir, readyFile, logLevel: 'error' }));
  const argv = ['--import', `data:text/javascript,${encodeURIComponent(loopWatch)}`, program, '--settings', settings];
  let living: ChildProcess | null = null;
  const pid = (): number => {
    if (living?.pid === undefined) throw new Error('the controller does not run');
    return living.pid;
  };
  return {
    address,
    metricsUrl: `http://${metrics}/metrics`,
    async start() {
      rmSync(readyFile, { force: true });
      const child = spawn(node, argv, { stdio: ['ignore', 'inherit', 'inherit'], env: { ...process.env, LOOP_DELAY_FILE: delayFile } });
      living = child;
      await waitFor('the controller', startLimitMs, new AbortController().signal, async () => {
        if (child.exitCode !== null) throw new Error(`the controller ended with ${child.exitCode}`);
        return existsSync(readyFile) ? { seen: true } : { notYet: 'it is not ready' };
      });
    },
    async kill() {
      const child = living;
      if (child === null) return;
      living = null;
      const gone = once(child, 'exit');
      child.kill('SIGKILL');
      await gone;
    },
    cpuMs: () => cpuMs([pid()]),
    rssBytes: () => memoryOf(pid()).rssBytes,
    async loopDelay() {
      rmSync(delayFile, { force: true });
      process.kill(pid(), 'SIGUSR2');
      return waitFor('the delays of the event loop', startLimitMs, new AbortController().signal, async () =>
        existsSync(delayFile) ? { seen: JSON.parse(readFileSync(delayFile, 'utf8')) as LoopDelay } : { notYet: 'it is kept' },
      );
    },
    cli: (args) =>
      runToEnd([...programArgv('drydock'), ...args], {
        env: { ...process.env, DRYDOCK_CONTROLLER: address, DRYDOCK_IDENTITY: identity },
        terminal: 'collect',
        signal: new AbortController().signal,
      }),
  };
}

/** Where the store of such a controller lies; for what is to be in it before it starts. */
export const storeIn = (dir: string): string => join(dir, storeName);

/** Milliseconds that it took, and what it gave. */
export async function timed<T>(act: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const begunMs = systemClock.monotonicMs();
  const result = await act();
  return { ms: systemClock.monotonicMs() - begunMs, result };
}
