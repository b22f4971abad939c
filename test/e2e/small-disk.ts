/** A real file system of a few megabytes that a test can fill: it lives and dies with the mount namespace of the program that uses it. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** Runs an act of its own namespace and returns what it printed, parsed. An ordinary user gets a namespace by mapping itself to root. */
export function actOnSmallDisk(act: string, args: readonly string[], nodeArgs: readonly string[] = []): unknown {
  const namespace = process.getuid?.() === 0 ? ['--mount'] : ['--mount', '--map-root-user'];
  const command = [...namespace, process.execPath, ...nodeArgs, '--import', import.meta.resolve('tsx'), act, ...args];
  return JSON.parse(execFileSync('unshare', command, { encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 }));
}

export interface SmallDisk {
  readonly dir: string;
  freeBytes(): number;
  /** Not one byte is free afterwards. */
  fill(): void;
  /** What fill took is free again. */
  empty(): void;
}

/** Only inside an act: everywhere else there is no right to mount. */
export function mountSmallDisk(dir: string, size: string): SmallDisk {
  mkdirSync(dir, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', dir]);
  const ballast = join(dir, 'ballast');
  const freeBytes = () => {
    const { bavail, bsize } = statfsSync(dir);
    return bavail * bsize;
  };
  return {
    dir,
    freeBytes,
    fill() {
      const descriptor = openSync(ballast, 'a');
      try {
        while (freeBytes() > 0) writeSync(descriptor, Buffer.alloc(Math.min(65_536, freeBytes())));
      } finally {
        closeSync(descriptor);
      }
    },
    empty: () => rmSync(ballast),
  };
}
