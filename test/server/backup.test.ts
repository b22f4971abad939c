/** Backup and restore as a person types them: both programs, a real controller, real files. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { BackupDocument, RestoreDocument } from '../../common/documents/administration.ts';
import { silentLog } from '../../common/log.ts';
import { main } from '../../controller/main.ts';
import { type RunningController, runController } from '../../controller/run-controller.ts';
import { loadControllerSettings } from '../../controller/settings.ts';
import { openStore, storeName } from '../../controller/store/sqlite-store.ts';
import { drydock } from '../cli/captured-io.ts';
import { initialise } from '../identities.ts';
import { cluster } from '../store/samples.ts';

let dir = '';
let settingsFile = '';
let running: RunningController | null = null;
beforeEach(async () => {
  dir = mkdtempSync(join(tmpdir(), 'drydock-backup-'));
  settingsFile = join(dir, 'controller.yaml');
  writeFileSync(settingsFile, `listen: 127.0.0.1:0\nstateDir: ${dir}/state\n`);
  await initialise(join(dir, 'state'));
  await (await runController(loadControllerSettings(settingsFile).value, silentLog)).stop();
  const store = openStore({ file: join(dir, 'state', storeName) });
  await store.adoptCluster(cluster, 'w1', 'local:test');
  await store.close();
}, 60_000);
afterEach(async () => {
  await running?.stop();
  running = null;
  rmSync(dir, { recursive: true, force: true });
});

async function start(): Promise<string> {
  running = await runController(loadControllerSettings(settingsFile).value, silentLog);
  return running.address;
}

function sink(): Writable & { text: string } {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      stream.text += String(chunk);
      done();
    },
  }) as Writable & { text: string };
  stream.text = '';
  return stream;
}

/** `drydock-controller` with these words. */
async function program(...words: readonly string[]) {
  const [stdout, stderr] = [sink(), sink()];
  const exitCode = await main(['--settings', settingsFile, ...words], new AbortController().signal, { stdout, stderr });
  return { exitCode, stdout: stdout.text, stderr: stderr.text };
}

const cli = (address: string, ...words: readonly string[]) => drydock(words, { env: { DRYDOCK_CONTROLLER: address } });
const named = (name: string) => join(dir, name);

describe('drydock controller backup', () => {
  it('12.A2: takes a backup of a running controller that drydock-controller restore takes', async () => {
    const address = await start();
    const taken = await cli(address, 'controller', 'backup', named('a.db'), '-o', 'json');
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' });
    const document = JSON.parse(taken.stdout) as BackupDocument;
    expect(document).toMatchObject({
      apiVersion: 'drydock/v1',
      file: named('a.db'),
      bytes: statSync(named('a.db')).size,
      holds: { runs: 0, openRuns: 0, plans: 0, clusters: [{ cluster: 'pg-main', epoch: 1 }] },
    });
    expect(statSync(named('a.db')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(dir, 'state')).filter((name) => name.includes('copy'))).toEqual([]);
    const [{ head = '' } = {}] = document.holds.audit.chains;
    const shown = await cli(address, 'controller', 'backup', named('b.db'));
    expect(shown.stdout).toContain(`backup  ${named('b.db')}`);
    expect(shown.stdout).toContain(`epochs  pg-main 1`);
    expect(shown.stdout).toContain(`head of fleet: ${head}`);

    const held = await program('restore', named('a.db'));
    expect(held).toMatchObject({
      exitCode: 3,
      stdout: '',
      stderr: expect.stringMatching(/^drydock-controller: store .* is held by .* stop that one first/),
    });
    await running?.stop();
    running = null;
    expect(await program('restore', named('a.db'), '-o', 'json')).toMatchObject({ exitCode: 0, stderr: '' });
    await start();
    expect(await cli(running === null ? '' : (running as RunningController).address, 'audit', '--verify')).toMatchObject({ exitCode: 0 });
  });

  it('12.A2: takes no file’s place, keeps nothing that failed, and says what takes a backup of a controller that is stopped', async () => {
    const address = await start();
    writeFileSync(named('a.db'), 'somebody’s');
    expect(await cli(address, 'controller', 'backup', named('a.db'))).toEqual({
      exitCode: 3,
      stdout: '',
      stderr: `drydock: backup ${named('a.db')} already exists and is not overwritten; give another name\n`,
    });
    expect(await cli(address, 'controller', 'backup', named('no/b.db'))).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining(`folder ${named('no')} does not exist; create it first`),
    });
    await running?.stop();
    running = null;
    expect(await cli(address, 'controller', 'backup', named('b.db'))).toMatchObject({
      exitCode: 5,
      stderr: expect.stringContaining('to back up a stopped controller, run drydock-controller backup TO on its host'),
    });
    expect(readdirSync(dir).sort()).toEqual(['a.db', 'controller.yaml', 'state']);
  });
});

describe('drydock-controller backup and restore', () => {
  it('12.A2: takes a backup while the controller is stopped, else names the command that takes one', async () => {
    const taken = await program('backup', named('a.db'));
    expect(taken).toMatchObject({ exitCode: 0, stderr: '' });
    expect(taken.stdout).toContain('holds   0 runs (0 open), 0 plans, 1 cluster');
    await start();
    expect(await program('backup', named('b.db'))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('or back up the running controller: drydock controller backup TO'),
    });
    expect(existsSync(named('b.db'))).toBe(false);
  });

  it('12.A2: says after a restore what was kept, and what to do next', async () => {
    await program('backup', named('a.db'));
    const json = await program('restore', named('a.db'), '-o', 'json');
    const { keptAside, store } = JSON.parse(json.stdout) as RestoreDocument;
    expect(store).toBe(join(dir, 'state', storeName));
    expect(keptAside).toHaveLength(1);
    for (const kept of keptAside) expect(readFileSync(kept).length).toBeGreaterThan(0);
    rmSync(join(dir, 'state'), { recursive: true });
    const { stdout } = await program('restore', named('a.db'));
    expect(stdout).toContain('before  no store existed');
    expect(stdout).toContain('drydock controller adopt --reason "…"');
  });

  it('12.A2: ends with the exit code of what went wrong', async () => {
    writeFileSync(named('text'), 'no database');
    expect(await program('restore', named('text'))).toMatchObject({
      exitCode: 3,
      stderr: expect.stringContaining('is not a Drydock store'),
    });
    expect(await program('restore', named('none'))).toMatchObject({ exitCode: 4 });
    expect(await program('restore')).toMatchObject({ exitCode: 2 });
    expect(await program('backup')).toMatchObject({ exitCode: 2 });
  });
});
