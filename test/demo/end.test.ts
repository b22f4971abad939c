import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { endFleet, runDirPrefix } from '../../demo/end.ts';
import { isAlive, runMark } from '../../demo/supervisor/processes.ts';

const sleeper = ['-e', 'console.log("up"); setInterval(() => {}, 1000)'];

/** A process that outlived its supervisor, marked with this run folder. */
async function startSleeper(runDir: string): Promise<number> {
  const child = spawn(process.execPath, sleeper, { env: { ...process.env, [runMark]: runDir }, stdio: ['ignore', 'pipe', 'ignore'] });
  await once(child.stdout, 'data');
  return child.pid ?? 0;
}

describe('ending a fleet', () => {
  it('refuses a folder that is not a demo’s, and leaves it alone', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'somebody-elses-'));
    await expect(endFleet(dir)).rejects.toThrow(/is not the folder of a demo fleet/);
    await expect(endFleet('/')).rejects.toThrow(/is not the folder of a demo fleet/);
    expect(existsSync(dir)).toBe(true);
    rmSync(dir, { recursive: true });
  });

  it('ends what no supervisor looks after any more, touches no other fleet, and removes the folder', async () => {
    const [dir = '', other = ''] = [0, 1].map(() => mkdtempSync(join(tmpdir(), runDirPrefix)));
    const [pid, stranger] = [await startSleeper(dir), await startSleeper(other)];
    expect(await endFleet(dir)).toEqual({ ended: [pid], killed: [pid] });
    expect([isAlive(pid), isAlive(stranger)]).toEqual([false, true]);
    expect(existsSync(dir)).toBe(false);
    await endFleet(other);
  });
});
