import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FailureError } from '../../common/failure.ts';
import { silentLog } from '../../common/log.ts';
import { runController } from '../../controller/run-controller.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { initialise } from '../identities.ts';

let dir = '';
beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-controller-'));
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

/** Puts a file there, or with a slash at the end a folder with something in it; returns its path. */
function put(name: string): string {
  const path = join(dir, name.replace(/\/$/, ''));
  mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
  writeFileSync(name.endsWith('/') ? join(path, 'x') : path, '');
  return path;
}

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
    await initialise(settings.stateDir);
    const running = await runController(settings, silentLog);
    expect(readFileSync(join(dir, 'ready'), 'utf8')).toBe(`${running.address}\n`);
    const get = async (path: string) => fetch(`http://${running.metricsAddress}${path}`);
    expect(await (await get('/healthz')).text()).toBe('ok\n');
    const metrics = await (await get('/metrics')).text();
    for (const line of [
      'drydock_build_info{version="from source"} 1',
      'drydock_open_runs{state="active"} 0',
      'drydock_hosts{state="connected"} 0',
      'drydock_runs_ended_total{engine="etcd",result="stuck"} 0',
      'drydock_store_writable 1',
      'process_cpu_seconds_total ',
    ])
      expect(metrics).toContain(line);
    expect((await get('/etc/passwd')).status).toBe(404);
    expect((await fetch(`http://${running.metricsAddress}/metrics`, { method: 'POST' })).status).toBe(405);
    await running.stop();
    expect(existsSync(join(dir, 'ready'))).toBe(false);
    const again = await runController(settings, silentLog);
    await again.stop();
  });

  it('M17: keeps receipts for 90 days and runs for 400 unless the settings say otherwise, and takes no shorter time than is safe', async () => {
    const base = `listen: 127.0.0.1:0\nstateDir: ${dir}/state\n`;
    expect(settingsOf(base).retention).toEqual({ receipts: '90d', runs: '400d' });
    expect(settingsOf(`${base}retention: { runs: forever }\n`).retention).toEqual({ receipts: '90d', runs: 'forever' });
    for (const [said, why] of [
      ['{ runs: 20d }', /controller\.yaml:3: retention\.runs: expected 30d or more \(400d\), or forever$/],
      ['{ receipts: soon }', /controller\.yaml:3: retention\.receipts: expected 7d or more \(400d\), or forever$/],
      ['{ journals: 90d }', /controller\.yaml:3: retention\.journals: unknown setting/],
    ] as const)
      expect(await codeOf(() => settingsOf(`${base}retention: ${said}\n`))).toMatch(why);
  });

  it('P5 refuses to run twice on one store, and the first one stays untouched', async () => {
    const settings = settingsOf(`listen: 127.0.0.1:0\nstateDir: ${dir}/state\n`);
    await initialise(settings.stateDir);
    const first = await runController(settings, silentLog);
    expect(await codeOf(() => runController(settings, silentLog))).toMatch(/^refused store-in-use/);
    await first.stop();
  });

  it('12.C18: says who is in its way when it cannot listen, in one sentence of its own, and lets go of its store', async () => {
    await Promise.all(['a', 'b'].map((name) => initialise(join(dir, name))));
    const first = await runController(settingsOf(`listen: 127.0.0.1:0\nstateDir: ${dir}/a\n`), silentLog);
    const taken = settingsOf(`listen: ${first.address}\nstateDir: ${dir}/b\n`);
    expect(await codeOf(() => runController(taken, silentLog))).toMatch(
      /^failed cannot-listen: cannot listen on 127\.0\.0\.1:\d+: another program is already listening there; stop it .*, or set another address in the settings$/,
    );
    await first.stop();
    const second = await runController(taken, silentLog);
    await second.stop();
  });

  it.each([
    [
      'a state folder that no file system takes',
      () => ['stateDir: /proc/x'],
      /^usage bad-settings: folder \/proc\/x cannot be created: it does not/,
    ],
    [
      'such an artifacts folder',
      () => [`stateDir: ${dir}/s`, 'artifactsDir: /proc/x/y'],
      /^usage bad-settings: folder \/proc\/x\/y cannot be created: it does not exist and cannot be created; correct stateDir or artifactsDir$/,
    ],
    [
      'a file for a folder',
      () => [`stateDir: ${put('f')}/s`],
      /^usage bad-settings: folder .*\/f\/s cannot be created: a part of its path is a file/,
    ],
    [
      'a folder for the store',
      () => [`stateDir: ${dir}/s`, put('s/controller.db/')],
      /^refused store-unusable: store .*\/s\/controller\.db cannot be opened: .*\/s\/controller\.db is a folder; fix it, or set/,
    ],
    [
      "a folder for the store's log",
      () => [`stateDir: ${dir}/s`, put('s/controller.db-wal/')],
      /^refused store-unusable: .* cannot be opened: .*controller\.db-wal is a folder; fix it/,
    ],
    [
      'a folder for the socket',
      () => [`stateDir: ${dir}/s`, `listen: unix:${put('sock/')}`],
      /^failed cannot-listen: cannot listen on unix:.*\/sock: it is a folder; set another path in the settings$/,
    ],
    [
      'no folder for the socket',
      () => [`stateDir: ${dir}/s`, `listen: unix:${dir}/none/sock`],
      /^failed cannot-listen: cannot listen on unix:.*: the folder of the socket does not exist; create it, or set another one in the settings$/,
    ],
  ] as const)('12.C18: says in one sentence what is in its way: %s', async (_what, lines, says) => {
    const written = lines().filter((line) => /^[a-zA-Z]+:/.test(line));
    if (!written.some((line) => line.startsWith('listen:'))) written.push('listen: 127.0.0.1:0');
    const settings = settingsOf(`${written.join('\n')}\n`);
    await initialise(settings.stateDir).catch(() => {}); // what is in its way may be in the way of that, too
    expect(await codeOf(() => runController(settings, silentLog))).toMatch(says);
  });

  it.each(['127.0.0.1:0', '0.0.0.0:0'])(
    'P12 serves no caller at %s before it was initialised, and says how that is done',
    async (listen) => {
      const settings = settingsOf(`stateDir: ${dir}/open\nlisten: ${listen}\n`);
      expect(await codeOf(() => runController(settings, silentLog))).toMatch(
        /^refused not-initialised: the controller has no identity in .*\/open\/trust: create one with drydock-controller init$/,
      );
    },
  );

  it('P12 refuses settings that would let others in, naming file, line and field', async () => {
    const bad = (text: string) => codeOf(() => settingsOf(text));
    expect(await bad(`stateDir: ${dir}\nlisten: everywhere:7420\n`)).toMatch(
      /controller\.yaml:2: listen: "everywhere:7420" is not a valid address/,
    );
    expect(await bad(`stateDir: ${dir}\nmetrics: 10.0.0.1:9090\n`)).toMatch(
      /controller\.yaml:2: metrics: 10\.0\.0\.1:9090 is reachable from other machines/,
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
