/** Where stores of tests lie. */
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';

/** In memory where the machine has such a folder: stores sync at each commit, and most tests would spend their time on that. */
export const memoryDir = existsSync('/dev/shm') ? '/dev/shm' : tmpdir();
