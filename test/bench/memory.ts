import { readFileSync } from 'node:fs';

export interface Memory {
  readonly rssBytes: number;
  readonly rssAnonBytes: number;
}

/** Resident memory of a process that we started, from /proc. */
export function memoryOf(pid: number): Memory {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (label: string) => Number(new RegExp(`^${label}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? Number.NaN) * 1024;
  return { rssBytes: bytes('VmRSS'), rssAnonBytes: bytes('RssAnon') };
}
