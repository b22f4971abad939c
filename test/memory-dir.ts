/** Where stores of tests lie. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/**
 * In memory where the machine has such a folder: stores sync at each commit, and most tests would spend their time on that. TMPDIR says
 * otherwise, as where the disk is to fill up.
 */
export function memoryDir(): string {
  return process.env.TMPDIR === undefined && existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
}
