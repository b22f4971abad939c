/** What the kernel tells of an instance's processes: how the running server was started, and which process holds a file. */
import { basename } from 'node:path';
import type { DriverContext, DriverHost } from '../../../common/driver.ts';

const probeMs = 5_000;

export interface Started {
  readonly pid: number;
  /** Without the program itself. */
  readonly flags: readonly string[];
}

/** The main process of the unit; null: there is none, or it is not this program. */
export async function startedBy({ host, settings }: DriverContext, program: string): Promise<Started | null> {
  const { pid } = await host.unitState(settings.unit);
  const line = pid === null ? null : await host.readText(`/proc/${pid}/cmdline`).catch(() => null);
  const [path, ...flags] = (line ?? '').split('\0').slice(0, -1);
  return pid !== null && path !== undefined && basename(path) === program ? { pid, flags } : null;
}

/** Value of a flag on a command line, `-name` or `--name`; the last one counts. null: it is not set there. */
export function flagValue(flags: readonly string[], name: string): string | null {
  const at = flags.findLastIndex((flag) => [`-${name}`, `--${name}`].includes(flag.split('=')[0] ?? ''));
  const flag = flags[at];
  if (flag === undefined) return null;
  return flag.includes('=') ? flag.slice(flag.indexOf('=') + 1) : (flags[at + 1] ?? null);
}

/** Only the owner of the process may look; null: it cannot be read. */
export async function environmentOf({ host, settings }: DriverContext, pid: number): Promise<ReadonlyMap<string, string> | null> {
  const { exitCode, stdout } = await host.run(['cat', `/proc/${pid}/environ`], { timeoutMs: probeMs, asOwnerOf: settings.dataDir });
  if (exitCode !== 0) return null;
  const variables = stdout.split('\0').filter((variable) => variable.includes('='));
  return new Map(variables.map((variable) => [variable.slice(0, variable.indexOf('=')), variable.slice(variable.indexOf('=') + 1)]));
}

/** Process that keeps the file locked for writing. null: none does, or there is no such file. */
export async function lockHolder({ host }: DriverContext, file: string): Promise<number | null> {
  const { exitCode, stdout } = await host.run(['stat', '-c', '%i', file], { timeoutMs: probeMs });
  if (exitCode !== 0) return null;
  const [holder] = parseLockHolders((await host.readText('/proc/locks')) ?? '', stdout.trim());
  return holder ?? null;
}

/** By /proc/locks; `inode` as `stat -c %i` prints it. The kernel writes device and inode as `fe:00:131090`. PURE. */
export function parseLockHolders(locks: string, inode: string): readonly number[] {
  const pids = locks.split('\n').flatMap((line) => {
    const match = /^\d+: (?:FLOCK|OFDLCK|POSIX)\s+\S+\s+WRITE\s+(-?\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    return match?.[2] === inode ? [Number(match[1])] : [];
  });
  return [...new Set(pids)];
}

/** Every process that can be seen, with the words of its command line. */
export async function commandLines({
  host,
}: DriverContext): Promise<readonly { readonly pid: string; readonly words: readonly string[] }[]> {
  const pids = ((await host.listDir('/proc')) ?? []).filter((name) => /^[0-9]+$/.test(name));
  return Promise.all(pids.map(async (pid) => ({ pid, words: (await shownBy(host, Number(pid), 'cmdline')).split('\0') })));
}

/** One of its files in /proc; empty: processes come and go between two probes. */
export const shownBy = async (host: DriverHost, pid: number, file: string): Promise<string> =>
  (await host.readText(`/proc/${pid}/${file}`).catch(() => null)) ?? '';

export const childrenOf = async (host: DriverHost, pid: number): Promise<readonly number[]> =>
  parseChildren(await shownBy(host, pid, `task/${pid}/children`));

/** null: it is gone. */
export async function ageOf(host: DriverHost, pid: number): Promise<number | null> {
  const [stat, uptime] = await Promise.all([shownBy(host, pid, 'stat'), host.readText('/proc/uptime').catch(() => null)]);
  const startedS = parseStartedS(stat);
  return startedS === null ? null : Math.max(0, (Number.parseFloat(uptime ?? '') - startedS) * 1000);
}

/** /proc/PID/task/PID/children: `4711 4712 `. PURE. */
export function parseChildren(text: string): readonly number[] {
  return text.split(/\s+/).flatMap((word) => (/^[1-9][0-9]*$/.test(word) ? [Number(word)] : []));
}

/** Linux counts in hundredths of a second wherever it shows ticks to programs (USER_HZ). */
const ticksPerS = 100;

/** From /proc/PID/stat: seconds after the boot at which the process began. Its name, in brackets, may hold anything. PURE. */
export function parseStartedS(stat: string): number | null {
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 1)
    .trim()
    .split(' ')[19];
  return ticks === undefined || !/^[0-9]+$/.test(ticks) ? null : Number(ticks) / ticksPerS;
}
