import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCommand } from '../../../agent/host/commands.ts';
import { type Failure, toFailure } from '../../../common/failure.ts';

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error('it did not fail');
}

const node = (script: string): [string, ...string[]] => [process.execPath, '-e', script];

describe('a command', () => {
  it('gets its arguments as they are: nothing is read by a shell', async () => {
    const reported = await runCommand(['printf', '%s', '$HOME; echo *'], { timeoutMs: 5_000 });
    expect(reported).toEqual({ exitCode: 0, stdout: '$HOME; echo *', stderr: '' });
  });

  it('inherits nothing of our environment but the path', async () => {
    process.env.DRYDOCK_TEST_SECRET = 'secret';
    const reported = await runCommand(['env'], { timeoutMs: 5_000, env: { GIVEN: 'yes' } });
    delete process.env.DRYDOCK_TEST_SECRET;
    expect(
      reported.stdout
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.split('=')[0])
        .sort(),
    ).toEqual(['GIVEN', 'LC_ALL', 'PATH']);
  });

  it('that fails is an answer, not an error', async () => {
    expect((await runCommand(node('process.exit(3)'), { timeoutMs: 5_000 })).exitCode).toBe(3);
  });

  it('P21 that nobody waits for any more is ended at once, and not begun when that is so before', async () => {
    const over = new AbortController();
    const asked = runCommand(node('setInterval(() => {}, 1000); console.log()'), { timeoutMs: 60_000, signal: over.signal });
    over.abort();
    expect(await failureOf(asked)).toMatchObject({ class: 'timeout', code: 'command-aborted' });
    expect(await failureOf(runCommand(['true'], { timeoutMs: 5_000, signal: over.signal }))).toMatchObject({ code: 'command-aborted' });
  });

  it('that is not there is named', async () => {
    const why = await failureOf(runCommand(['/no/such/program'], { timeoutMs: 1_000 }));
    expect(why).toMatchObject({ code: 'command-missing' });
    expect(why.message).toContain('/no/such/program');
  });

  it('that takes too long is ended with everything that it started', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'drydock-commands-'));
    const pidFile = join(dir, 'pid');
    const script = `const c = require('node:child_process').spawn('sleep', ['60']); require('node:fs').writeFileSync(${JSON.stringify(pidFile)}, String(c.pid)); setInterval(() => {}, 1000)`;
    const why = await failureOf(runCommand(node(script), { timeoutMs: 1_000 }));
    expect(why).toMatchObject({ class: 'timeout', code: 'command-timeout' });
    const pid = readFileSync(pidFile, 'utf8');
    // The signal is sent; on a busy machine the process takes a moment to hear it.
    const state = () => (existsSync(`/proc/${pid}/stat`) ? readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0] : 'gone');
    await expect.poll(state, { timeout: 10_000 }).toMatch(/^(gone|Z|X)$/);
    rmSync(dir, { recursive: true });
  });

  it('that says too much is cut off', async () => {
    const reported = await runCommand(node(`process.stdout.write('x'.repeat(1_000_000))`), { timeoutMs: 5_000 });
    expect(reported.exitCode).toBe(0);
    expect(reported.stdout.length).toBe(256 * 1024);
  });
});
