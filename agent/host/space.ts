import { statfs } from 'node:fs/promises';
import type { Space } from '../../common/facts.ts';
import { fail } from '../../common/failure.ts';

/** Inodes of file systems that make them as needed (btrfs) are reported as 0 of 0: that means no limit. */
const unlimitedInodes = Number.MAX_SAFE_INTEGER;

/** What an unprivileged writer may still use of the file system under this path. */
export async function spaceOf(path: string): Promise<Space> {
  try {
    const found = await statfs(path);
    return { freeBytes: found.bavail * found.bsize, freeInodes: found.files === 0 ? unlimitedInodes : found.ffree };
  } catch (error) {
    throw fail('failed', 'space-unknown', `free space of ${path} cannot be measured: ${(error as Error).message}`);
  }
}
