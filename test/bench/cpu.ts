import { readFileSync } from 'node:fs';

/** CPU time of these processes and of their children that ended, milliseconds; one that is gone counts nothing. */
export function cpuMs(pids: readonly number[]): number {
  const ticks = pids.flatMap((pid) => statFields(pid).slice(13, 17).map(Number));
  return 10 * ticks.reduce((sum, each) => sum + each, 0);
}

/** As proc(5) numbers them, less one; without the name, which may hold anything. Empty: it is gone. */
export function statFields(pid: number): readonly string[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return [String(pid), '', ...stat.slice(stat.lastIndexOf(')') + 2).split(' ')];
  } catch {
    return [];
  }
}

/** CPU time of the children of this process that ended and were waited for, milliseconds. */
export function endedChildrenCpuMs(): number {
  return (
    10 *
    statFields(process.pid)
      .slice(15, 17)
      .map(Number)
      .reduce((sum, each) => sum + each, 0)
  );
}
