/** The etcd demo while it still builds its servers, with a compiler of our own in the PATH that never gets done. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../demo/programs.ts';
import { isAlive } from '../../demo/supervisor/processes.ts';

/** `go version` answers; anything else starts a compiler of its own and waits for it, as go does. */
const slowGo = `#!/bin/sh
[ "$1" = version ] && exit 0
sleep 600 &
echo $$ $! > "$PIDS.partial"; mv "$PIDS.partial" "$PIDS"
wait
`;

it('12.C18: the etcd demo ends on SIGTERM while it builds, and leaves no compiler running and no folder behind', async () => {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-slow-go-'));
  const pids = join(dir, 'pids');
  writeFileSync(join(dir, 'go'), slowGo);
  chmodSync(join(dir, 'go'), 0o755);
  const demo = spawn(process.execPath, ['--import', 'tsx', join(root, 'demo/main.ts'), '--engine', 'etcd'], {
    cwd: root,
    env: { ...process.env, PATH: `${dir}:${process.env.PATH}`, XDG_CACHE_HOME: dir, TMPDIR: dir, PIDS: pids },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let output = '';
  demo.stderr.on('data', (text) => (output += String(text)));
  const closed = once(demo, 'close');
  await expect.poll(() => existsSync(pids), { timeout: 20_000, interval: 20 }).toBe(true);
  const compilers = readFileSync(pids, 'utf8').trim().split(' ').map(Number);
  expect(compilers.every(isAlive)).toBe(true);
  demo.kill('SIGTERM');
  const [exitCode] = await closed;
  expect([exitCode, output]).toEqual([130, '\ninterrupted by SIGTERM\n']);
  expect(compilers.filter(isAlive)).toEqual([]);
  expect(existsSync(join(dir, 'drydock-engines'))).toBe(false);
  rmSync(dir, { recursive: true });
});
