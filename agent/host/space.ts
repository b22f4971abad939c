/** Free space, and what of it copies may take: a database on the same file system must not find it full. */
import { statfs } from 'node:fs/promises';
import type { Space } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';

/** Inodes of file systems that make them as needed (btrfs) are reported as 0 of 0: that means no limit. */
const unlimitedInodes = Number.MAX_SAFE_INTEGER;
const spareShare = 0.05;
const mostSpareBytes = 1024 ** 3;
const mostSpareInodes = 1000;

/** What an unprivileged writer may still use of the file system under this path. */
export async function spaceOf(path: string): Promise<Space> {
  return (await statfsOf(path)).free;
}

/** The same less the reserve, which stays free whatever is copied; negative where that is touched already. */
export async function roomOf(path: string): Promise<Space> {
  const { free, spare } = await statfsOf(path);
  return { freeBytes: free.freeBytes - spare.bytes, freeInodes: free.freeInodes - spare.inodes };
}

async function statfsOf(path: string) {
  try {
    const { bavail, blocks, bsize, files, ffree } = await statfs(path);
    return {
      free: { freeBytes: bavail * bsize, freeInodes: files === 0 ? unlimitedInodes : ffree },
      spare: {
        bytes: Math.min(mostSpareBytes, Math.floor(blocks * bsize * spareShare)),
        inodes: Math.min(mostSpareInodes, Math.floor(files * spareShare)),
      },
    };
  } catch (error) {
    throw fail('failed', 'space-unknown', `free space of ${path} cannot be measured: ${(error as Error).message}`);
  }
}
