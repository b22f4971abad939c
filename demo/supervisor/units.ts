/**
 * The units of one demo host and their lives. Operations on one unit happen one after the other; looking never waits.
 * A unit that ends on its own stays ended: like Drydock, this supervisor starts a database only when it is asked to.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { type Clock, pause } from '../../common/clock.ts';
import { fail } from '../../common/failure.ts';
import { descendantsOf, isAlive, signal } from './processes.ts';
import type { Unit, UnitState } from './protocol.ts';

interface RunningUnit {
  readonly pid: number;
  readonly ended: Promise<void>;
}

interface Entry {
  readonly unit: Unit;
  running: RunningUnit | null;
  invocationId: string | null;
  exitCode: number | null;
  /** Tail of the queue of operations on this unit. */
  last: Promise<unknown>;
}

export interface UnitTable {
  /** Throws FailureError `unknown-unit`, as all of these do. */
  state(name: string): UnitState;
  /**
   * Resolves once spawned; an active unit is left alone. Throws `exited-at-once` when it cannot be spawned, and `held` when its hold file
   * is there and holds something else than the pass.
   */
  start(name: string, pass: string | null, flags: readonly string[]): Promise<UnitState>;
  /** Signals and resolves when the unit is gone. Throws `stop-timeout` after timeoutMs; the unit then still runs. */
  stop(name: string, timeoutMs: number): Promise<UnitState>;
  /** About the host itself: no unit, only the boot id. */
  boot(): UnitState;
  /** Simulated power cut and boot: everything is killed, a new boot id, autostart units run again unless they are held. */
  reboot(): Promise<UnitState>;
  startAutostarted(): Promise<void>;
  /** Stops every unit, those that take longer than timeoutMs by SIGKILL; resolves when all are gone. */
  close(timeoutMs: number): Promise<void>;
}

const gonePollMs = 10;

/** Takes care of these units; nothing is started yet. */
export function superviseUnits(units: readonly Unit[], clock: Clock): UnitTable {
  const entries = new Map<string, Entry>(
    units.map((unit) => [unit.name, { unit, running: null, invocationId: null, exitCode: null, last: Promise.resolve() }]),
  );
  let bootId = newId();

  const entryOf = (name: string): Entry => {
    const entry = entries.get(name);
    if (entry === undefined) throw fail('not-found', 'unknown-unit', `unit ${name} is not one of ${[...entries.keys()].join(', ')}`);
    return entry;
  };
  const stateOf = (entry: Entry): UnitState => ({
    active: entry.running !== null,
    invocationId: entry.invocationId,
    pid: entry.running?.pid ?? null,
    exitCode: entry.exitCode,
    bootId,
    lockFile: entry.unit.lockFile ?? null,
    logFile: entry.unit.logFile,
  });
  const boot = (): UnitState => ({ active: true, invocationId: null, pid: null, exitCode: null, bootId, lockFile: null, logFile: null });
  const startAutostarted = async () => {
    const wanted = [...entries.values()].filter((entry) => entry.unit.autostart);
    await Promise.allSettled(wanted.map((entry) => queued(entry, () => startUnit(entry, null, [])))); // one that cannot start keeps none back
  };

  return {
    state: (name) => stateOf(entryOf(name)),
    async start(name, pass, flags) {
      const entry = entryOf(name);
      await queued(entry, () => startUnit(entry, pass, flags));
      return stateOf(entry);
    },
    async stop(name, timeoutMs) {
      const entry = entryOf(name);
      await queued(entry, () => stopUnit(entry, timeoutMs, clock));
      return stateOf(entry);
    },
    boot,
    async reboot() {
      await Promise.all([...entries.values()].map((entry) => killUnit(entry, clock)));
      for (const entry of entries.values()) Object.assign(entry, { invocationId: null, exitCode: null });
      bootId = newId();
      await startAutostarted();
      return boot();
    },
    startAutostarted,
    async close(timeoutMs) {
      await Promise.all(
        [...entries.values()].map(async (entry) => {
          const limit = new AbortController();
          const stopped = queued(entry, () => stopUnit(entry, timeoutMs, clock)).catch(() => {}); // what did not stop is killed next
          await Promise.race([stopped, pause(clock, timeoutMs, limit.signal)]);
          limit.abort();
          await killUnit(entry, clock);
        }),
      );
    },
  };
}

const newId = () => randomBytes(16).toString('hex');

/** Runs an operation after those asked for earlier, whether or not they went well. */
function queued(entry: Entry, operation: () => Promise<void>): Promise<void> {
  const next = entry.last.then(operation, operation);
  entry.last = next.catch(() => {});
  return next;
}

async function startUnit(entry: Entry, pass: string | null, flags: readonly string[]): Promise<void> {
  if (entry.running !== null) return;
  const { unit } = entry;
  checkLock(unit, pass);
  const [program = '', ...args] = unit.argv;
  const log = openSync(unit.logFile, 'a', 0o644);
  try {
    const child = spawn(program, [...args, ...flags], {
      cwd: '/',
      detached: true, // a process group of its own, so that it can be killed as one
      stdio: ['ignore', log, log],
      env: { PATH: process.env.PATH ?? '/usr/bin:/bin', ...unit.env },
      ...(unit.uid === undefined ? {} : { uid: unit.uid }),
      ...(unit.gid === undefined ? {} : { gid: unit.gid }),
    });
    begin(entry, child, await spawned(unit.name, child));
  } finally {
    closeSync(log);
  }
}

/** A lock that cannot be read locks: its writer meant the unit to stay down. */
function checkLock({ name, lockFile }: Unit, pass: string | null): void {
  if (lockFile === undefined) return;
  try {
    if (readFileSync(lockFile, 'utf8').trim() === pass) return;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
  }
  throw fail('refused', 'held', `unit ${name} is held by ${lockFile}: its downtime is in progress, and its agent starts it at the end`);
}

function spawned(name: string, child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('spawn', () => resolve(child.pid ?? 0));
    child.once('error', (cause) => reject(fail('failed', 'exited-at-once', `unit ${name} could not be started: ${cause.message}`)));
  });
}

function begin(entry: Entry, child: ChildProcess, pid: number): void {
  const { pidFile } = entry.unit;
  const ended = new Promise<void>((resolve) => {
    child.once('exit', (exitCode) => {
      signal(-pid, 'SIGKILL'); // what the main process left in its group goes with it
      entry.running = null;
      entry.exitCode = exitCode;
      if (pidFile !== undefined) rmSync(pidFile, { force: true });
      resolve();
    });
  });
  entry.running = { pid, ended };
  entry.invocationId = newId();
  entry.exitCode = null;
  if (pidFile !== undefined) writeFileSync(pidFile, `${pid}\n`);
}

async function stopUnit(entry: Entry, timeoutMs: number, clock: Clock): Promise<void> {
  const { running, unit } = entry;
  if (running === null) return;
  signal(running.pid, unit.stopSignal);
  const limit = new AbortController();
  const late = await Promise.race([running.ended.then(() => false), pause(clock, timeoutMs, limit.signal).then(() => true)]);
  limit.abort();
  if (late)
    throw fail(
      'timeout',
      'stop-timeout',
      `unit ${unit.name} is still running ${timeoutMs} ms after ${unit.stopSignal} (pid ${running.pid})`,
    );
}

/** SIGKILL to the group and to every descendant at once; resolves when none of them is left. */
async function killUnit(entry: Entry, clock: Clock): Promise<void> {
  const { running } = entry;
  if (running === null) return;
  const family = [running.pid, ...descendantsOf(running.pid)];
  signal(-running.pid, 'SIGKILL');
  for (const pid of family) signal(pid, 'SIGKILL');
  await running.ended;
  while (family.some(isAlive)) await pause(clock, gonePollMs);
}
