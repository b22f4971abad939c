/** Who holds a store's file: SQLite's lock is the system's, and the system says whose it is. */
import { readFileSync, statSync } from 'node:fs';

/** `process 1234 (drydock-controller --settings …)`; null: nobody, or it cannot be told here. */
export function holderOf(file: string): string | null {
  try {
    const { dev, ino } = statSync(file);
    const place = `${hex(major(dev))}:${hex(minor(dev))}:${ino}`;
    const lock = readFileSync('/proc/locks', 'utf8')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, kind, , access, , locked]) => kind === 'POSIX' && access === 'WRITE' && locked === place);
    const pid = Number(lock?.[4]);
    return pid > 0 ? `process ${pid}${commandOf(pid)}` : null;
  } catch {
    return null;
  }
}

// As glibc packs them into one number.
const major = (dev: number): number => Number((BigInt(dev) >> 8n) & 0xfffn);
const minor = (dev: number): number => Number((BigInt(dev) & 0xffn) | ((BigInt(dev) >> 12n) & 0xfff00n));
const hex = (number: number): string => number.toString(16).padStart(2, '0');

const longestCommand = 200;

function commandOf(pid: number): string {
  try {
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').filter(Boolean).join(' ');
    return argv === '' ? '' : ` (${argv.replace(/\p{Cc}/gu, ' ').slice(0, longestCommand)})`;
  } catch {
    return '';
  }
}
