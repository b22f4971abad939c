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

/** Processes whose program or arguments lie in this folder, besides the asking one: whatever a run there has left behind. */
export function processesUsing(folder: string): number[] {
  return allPids().filter((pid) => pid !== process.pid && isAlive(pid) && mentions(pid, folder));
}

function mentions(pid: number, folder: string): boolean {
  return [
    () => readlinkSync(`/proc/${pid}/exe`),
    () => readFileSync(`/proc/${pid}/cmdline`, 'utf8'),
    () => readlinkSync(`/proc/${pid}/cwd`),
  ].some((look) => {
    try {
      return look().includes(`${folder}/`);
    } catch {
      return false; // gone in between, or somebody else's
    }
  });
}

/** Signals a process (or, negative, a group) and takes it as done when there is nobody to signal. */
export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code !== 'ESRCH') throw thrown;
  }
}
