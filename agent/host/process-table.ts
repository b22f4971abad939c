/** Processes of this host by the kernel's own table: which run, and whether a number still means the same process. */
import { readdirSync, readFileSync } from 'node:fs';

/** A process as it can be known again: numbers are given anew, after a boot and in the same one. */
export interface ProcessMark {
  readonly pid: number;
  /** In ticks since the boot. */
  readonly startTicks: number;
  readonly bootId: string;
}

interface ProcessSeen {
  readonly pid: number;
  readonly session: number;
  readonly startTicks: number;
  readonly isZombie: boolean;
}

export function thisProcess(): ProcessMark {
  const seen = processSeen(process.pid);
  return { pid: process.pid, startTicks: seen?.startTicks ?? 0, bootId: bootId() };
}

export const bootId = (): string => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();

/** That very process runs. */
export function isAlive({ pid, startTicks, bootId: boot }: ProcessMark): boolean {
  const seen = processSeen(pid);
  return seen !== null && !seen.isZombie && seen.startTicks === startTicks && boot === bootId();
}

/** What runs of the session that this process leads or led. Empty: all of it is gone. */
export function sessionOf({ pid, startTicks, bootId: boot }: ProcessMark): readonly number[] {
  if (boot !== bootId()) return [];
  const leader = processSeen(pid);
  // The number is another one's now, which is not given while anything of the session is left.
  if (leader !== null && leader.startTicks !== startTicks) return [];
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => processSeen(Number(name)) ?? [])
    .filter((each) => each.session === pid && each.startTicks >= startTicks && !each.isZombie)
    .map((each) => each.pid);
}

/** Fields after the name, which may hold anything but is the last thing in brackets. null: it is gone. */
function processSeen(pid: number): ProcessSeen | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { pid, session: Number(fields[3]), startTicks: Number(fields[19]), isZombie: fields[0] === 'Z' };
  } catch {
    return null;
  }
}
