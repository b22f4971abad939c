import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { silentLog } from '../../common/log.ts';
import { runController } from '../../controller/run-controller.ts';
import { loadControllerSettings } from '../../controller/settings.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-controller-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

function settingsOf(text: string) {
  const file = join(dir, 'controller.yaml');
  writeFileSync(file, text);
  return loadControllerSettings(file).value;
}

async function codeOf(attempt: () => unknown): Promise<string> {
  try {
    await attempt();
    return 'accepted';
  } catch (error) {
    if (!(error instanceof FailureError)) throw error;
    return `${error.failure.class} ${error.failure.code}: ${error.message}`;
  }
}

describe('the controller program', () => {
  it('serves, says where in the ready file, measures itself, and leaves nothing open', async () => {
    const settings = settingsOf(`listen: 127.0.0.1:0\nstateDir: ${dir}/state\nmetrics: 127.0.0.1:0\nreadyFile: ${dir}/ready\n`);
    const running = await runController(settings, silentLog);
    expect(readFileSync(join(dir, 'ready'), 'utf8')).toBe(`${running.address}\n`);
    const get = async (path: string) => fetch(`http://${running.metricsAddress}${path}`);
    expect(await (await get('/healthz')).text()).toBe('ok\n');
    const metrics = await (await get('/metrics')).text();
    for (const line of ['drydock_open_runs{state="active"} 0', 'drydock_agents_linked 0', 'drydock_hold_age_seconds{kind="agent-lost"} 0'])
      expect(metrics).toContain(line);
    expect((await get('/etc/passwd')).status).toBe(404);
    expect((await fetch(`http://${running.metricsAddress}/metrics`, { method: 'POST' })).status).toBe(405);
    await running.stop();
    expect(existsSync(join(dir, 'ready'))).toBe(false);
    const again = await runController(settings, silentLog);
    await again.stop();
  });

  it('P5 refuses to run twice on one store, and the first one stays untouched', async () => {
    const settings = settingsOf(`listen: 127.0.0.1:0\nstateDir: ${dir}/state\n`);
    const first = await runController(settings, silentLog);
    expect(await codeOf(() => runController(settings, silentLog))).toMatch(/^refused store-in-use/);
    await first.stop();
  });

  it('lets go of its store when it cannot listen', async () => {
    const first = await runController(settingsOf(`listen: 127.0.0.1:0\nstateDir: ${dir}/a\n`), silentLog);
    const taken = settingsOf(`listen: ${first.address}\nstateDir: ${dir}/b\n`);
    expect(await codeOf(() => runController(taken, silentLog))).toMatch(/^failed cannot-listen: cannot listen on 127\.0\.0\.1/);
    await first.stop();
    const second = await runController(taken, silentLog);
    await second.stop();
  });

  it('P12 refuses settings that would let others in, naming file, line and field', async () => {
    const bad = (text: string) => codeOf(() => settingsOf(text));
    expect(await bad(`stateDir: ${dir}\nlisten: 0.0.0.0:7420\n`)).toMatch(
      /controller\.yaml:2: listen: 0\.0\.0\.0:7420 is not on this machine alone/,
    );
    expect(await bad(`stateDir: ${dir}\nmetrics: 10.0.0.1:9090\n`)).toMatch(
      /controller\.yaml:2: metrics: 10\.0\.0\.1:9090 is not on this machine/,
    );
    expect(await bad('stateDir: relative\n')).toMatch(/controller\.yaml:1: stateDir: expected an absolute path/);
    expect(await bad(`stateDir: ${dir}\nlisen: 127.0.0.1:1\n`)).toMatch(/controller\.yaml:2: lisen: unknown setting/);
    expect(settingsOf(`stateDir: ${dir}\n`)).toMatchObject({
      listen: '127.0.0.1:7420',
      artifactsDir: join(dir, 'artifacts'),
      beatMs: 15_000,
    });
  });
});
