/**
 * Looks into /proc: which processes descend from one, and which still live. PostgreSQL's children leave the process group of
 * their server (each calls setsid), so killing a group is not enough to be sure that nothing of a unit is left.
 */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

interface Stat {
  readonly state: string;
  readonly parent: number;
}

/** null: no such process. The name in parentheses may hold anything, so fields are counted from its last closing one. */
function statOf(pid: number): Stat | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent = ''] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return null;
  }
}

function allPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** True while the process runs; one that ended and only waits to be collected is gone. */
export function isAlive(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== null && stat.state !== 'Z' && stat.state !== 'X';
}

/** Every process below this one, itself not among them. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const candidate of allPids()) {
    const parent = statOf(candidate)?.parent;
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), candidate]);
  }
  const found: number[] = [];
  const open = [pid];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const below = children.get(next) ?? [];
    found.push(...below);
    open.push(...below);
  }
  return found;
}

/** Every process of a demo inherits this variable, set to its run folder. */
export const runMark = 'DRYDOCK_DEMO_RUN';

/**
 * Processes that belong to a run folder: marked with it, or running a program in it (servers overwrite their environment).
 * Somebody's shell or pager that merely stands in the folder is not among them.
 */
export function processesOf(runDir: string): number[] {
  return allPids().filter(
    (pid) => isAlive(pid) && (marked(pid, runDir) || read(() => readlinkSync(`/proc/${pid}/exe`)).startsWith(`${runDir}/`)),
  );
}

function marked(pid: number, runDir: string): boolean {
  return read(() => readFileSync(`/proc/${pid}/environ`, 'utf8'))
    .split('\0')
    .includes(`${runMark}=${runDir}`);
}

/** Arguments of a process, empty when it is gone. */
export function argumentsOf(pid: number): string[] {
  return read(() => readFileSync(`/proc/${pid}/cmdline`, 'utf8')).split('\0');
}

/** Empty when the process went away in between, or is somebody else's. */
function read(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}

/** Signals a process (or, negative, a group) and takes it as done when there is no such process. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
