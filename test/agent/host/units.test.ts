import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { diskLogs } from '../../../agent/host/log-files.ts';
import { startLocks } from '../../../agent/host/start-locks.ts';
import { supervisedUnits } from '../../../agent/host/units-supervised.ts';
import { parseShown, systemdUnits } from '../../../agent/host/units-systemd.ts';
import type { CommandResult } from '../../../common/driver.ts';
import { type Failure, fail, toFailure } from '../../../common/failure.ts';
import { VirtualClock } from '../../twins/clock.ts';

async function failureOf(promise: Promise<unknown>): Promise<Failure> {
  try {
    await promise;
  } catch (thrown) {
    return toFailure(thrown);
  }
  throw new Error('it did not fail');
}

describe('units of a supervisor', () => {
  let dir: string;
  let path: string;
  let server: Server;
  let asked: string[];
  let reply: (line: string) => string | null;

  beforeEach(async () => {
    dir = mkdtempSync(join(tmpdir(), 'drydock-units-'));
    path = join(dir, 'sock');
    asked = [];
    server = createServer((socket) => {
      socket.on('error', () => socket.destroy());
      socket.on('data', (line) => {
        asked.push(String(line).trim());
        const answer = reply(String(line));
        if (answer === null) socket.destroy();
        else socket.write(answer);
      });
    });
    await new Promise<void>((resolve) => server.listen(path, resolve));
  });
  afterEach(() => {
    server.close();
    rmSync(dir, { recursive: true, force: true });
  });

  const state = { active: true, invocationId: 'abc', pid: 7, exitCode: null, bootId: 'boot' };
  const holds = () => startLocks(join(dir, 'holds'));

  it('are asked in one line and answer in one', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: true, state })}\n`;
    const units = supervisedUnits(path, holds());
    expect(await units.unitState('db')).toEqual({ active: true, invocationId: 'abc', pid: 7 });
    expect(await units.bootId()).toBe('boot');
    await units.stopUnit('db', 1_234.5);
    expect(asked.map((line) => JSON.parse(line))).toEqual([
      { id: 1, verb: 'state', unit: 'db' },
      { id: 1, verb: 'boot' },
      { id: 1, verb: 'stop', unit: 'db', timeoutMs: 1_235 },
    ]);
  });

  it('tell what went wrong in their own words', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: false, code: 'stop-timeout', failure: 'unit db still runs' })}\n`;
    expect(await failureOf(supervisedUnits(path, holds()).stopUnit('db', 10))).toMatchObject({
      class: 'timeout',
      code: 'stop-timeout',
      message: 'unit db still runs',
    });
  });

  it.each<[string, string | null]>([
    ['is cut off', null],
    ['is not JSON', 'hello\n'],
    ['is something else', '{"ok":true}\n'],
  ])('count as unreachable, worth another try, when the answer %s', async (_name, answer) => {
    reply = () => answer;
    expect(await failureOf(supervisedUnits(path, holds()).unitState('db'))).toMatchObject({ code: 'units-unreachable', remedy: 'retry' });
  });

  it('are started through their hold with the pass that lies in it, and without one when they are not held (P16)', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: true, state })}\n`;
    const units = supervisedUnits(path, holds());
    mkdirSync(join(dir, 'holds'));
    await units.lockUnit('db');
    await units.startUnit('db', 1_000);
    await units.unlockUnit('db');
    await units.startUnit('db', 1_000);
    const [through, freely] = asked.map((line) => JSON.parse(line));
    expect(through).toEqual({ id: 1, verb: 'start', unit: 'db', timeoutMs: 1_000, pass: expect.stringMatching(/^[0-9a-f]{32}$/) });
    expect(freely).toEqual({ id: 1, verb: 'start', unit: 'db', timeoutMs: 1_000 });
  });

  it.each([
    ['another file', () => join(dir, 'elsewhere')],
    ['none', () => null],
    ['nothing, for it is too old', () => undefined],
  ])('have no start lock when their supervisor heeds %s (P16)', async (_name, lockFile) => {
    reply = () => `${JSON.stringify({ id: 1, ok: true, state: { ...state, lockFile: lockFile() } })}\n`;
    const why = await failureOf(supervisedUnits(path, holds()).verifyStartLock('db'));
    expect(why).toMatchObject({ class: 'refused', code: 'no-start-lock', message: expect.stringContaining(`lockFile: ${dir}/holds/db`) });
  });

  it('have a start lock when their supervisor heeds the file that the agent writes (P16)', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: true, state: { ...state, lockFile: join(dir, 'holds', 'db') } })}\n`;
    await supervisedUnits(path, holds()).verifyStartLock('db');
  });

  it('that stay down because they are held say so (P16)', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: false, code: 'held', failure: 'unit db is held' })}\n`;
    expect(await failureOf(supervisedUnits(path, holds()).startUnit('db', 10))).toMatchObject({ class: 'refused', code: 'held' });
  });

  it('13.3: show of the log file only what was written since the start, and none of it where nothing marked the start', async () => {
    const logFile = join(dir, 'db.log');
    writeFileSync(logFile, 'FATAL:  of last week\n');
    reply = () => `${JSON.stringify({ id: 1, ok: true, state: { ...state, logFile } })}\n`;
    const units = supervisedUnits(path, holds());
    expect(await units.unitLogFile('db')).toBe(logFile);
    const start = { atMs: Date.now(), invocationId: null, logs: [await diskLogs.markLog(logFile)] };
    writeFileSync(logFile, 'FATAL:  of now\n', { flag: 'a' });
    expect(await units.unitLog('db', start)).toEqual({ place: logFile, text: 'FATAL:  of now\n' });
    expect(await units.unitLog('db', null)).toEqual({ place: logFile, text: null });
  });

  it('count as unreachable when nothing listens', async () => {
    expect(await failureOf(supervisedUnits(join(dir, 'nobody'), holds()).bootId())).toMatchObject({
      code: 'units-unreachable',
      remedy: 'retry',
    });
  });
});

describe('units of systemd', () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'drydock-units-'));
    mkdirSync(join(dir, 'holds'));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const unitsWith = (run: Parameters<typeof systemdUnits>[0], clock = new VirtualClock()) =>
    systemdUnits(run, startLocks(join(dir, 'holds')), clock, join(dir, 'pass'), '/opt/agent');

  const shown = (active: string, id = '5f1e') => `LoadState=loaded\nActiveState=${active}\nInvocationID=${id}\nMainPID=0\n`;

  it.each([
    ['active', true],
    ['activating', true],
    ['deactivating', true],
    ['reloading', true],
    ['inactive', false],
    ['failed', false],
  ])('that are %s count as running: %s', (word, active) => {
    expect(parseShown('db.service', shown(word)).active).toBe(active);
  });

  it('that systemd does not know are named', () => {
    expect(() => parseShown('db.service', 'LoadState=not-found\nActiveState=inactive\n')).toThrow(/db\.service does not exist in systemd/);
  });

  const answering = (states: readonly string[]) => {
    const asked: (readonly string[])[] = [];
    let polls = 0;
    const run = async (argv: readonly [string, ...string[]]): Promise<CommandResult> => {
      asked.push(argv);
      if (!argv.includes('show')) return { exitCode: 0, stdout: '', stderr: '' };
      polls += 1;
      return { exitCode: 0, stdout: shown(states[Math.min(polls, states.length) - 1] ?? 'failed'), stderr: '' };
    };
    return { run, asked };
  };

  it('are stopped when they are fully down, and a name cannot become an option', async () => {
    const clock = new VirtualClock();
    const { run, asked } = answering(['deactivating', 'deactivating', 'inactive']);
    let stopped = false;
    void unitsWith(run, clock)
      .stopUnit('db.service', 1_000)
      .then(() => {
        stopped = true;
      });
    await clock.runUntil(() => stopped);
    expect(asked[0]).toEqual(['systemctl', '--no-ask-password', 'stop', '--no-block', '--', 'db.service']);
    expect(asked).toHaveLength(4);
  });

  it('that do not stop in time fail, and nothing is killed (P9)', async () => {
    const clock = new VirtualClock();
    const { run, asked } = answering(['deactivating']);
    let why: Failure | null = null;
    void failureOf(unitsWith(run, clock).stopUnit('db.service', 1_000)).then((failure) => {
      why = failure;
    });
    await clock.runUntil(() => why !== null);
    expect(why).toMatchObject({ code: 'stop-timeout' });
    expect(asked.flat()).not.toContain('kill');
  });

  it('that are held are started with a pass that is there for this start alone (P16)', async () => {
    const pass = join(dir, 'pass', 'db.service');
    const passes: boolean[] = [];
    const units = unitsWith(async () => {
      passes.push(existsSync(pass));
      return { exitCode: 0, stdout: '', stderr: '' };
    });
    await units.startUnit('db.service', 1_000);
    await units.lockUnit('db.service');
    await units.startUnit('db.service', 1_000);
    expect(passes).toEqual([false, true]);
    expect(existsSync(pass)).toBe(false);
  });

  it('that are held anew have no pass that an agent which was killed left behind (P16)', async () => {
    const units = unitsWith(async () => ({ exitCode: 0, stdout: '', stderr: '' }));
    mkdirSync(join(dir, 'pass'));
    writeFileSync(join(dir, 'pass', 'db.service'), '');
    writeFileSync(join(dir, 'pass', 'other.service'), '');
    await units.lockUnit('db.service');
    expect(readdirSync(join(dir, 'pass'))).toEqual(['other.service']);
  });

  it('that systemd does not start because of the hold say so (P16)', async () => {
    const units = unitsWith(async () => ({ exitCode: 1, stdout: '', stderr: 'Assertion failed on job for db.service.\n' }));
    expect(await failureOf(units.startUnit('db.service', 1_000))).toMatchObject({ class: 'refused', code: 'held' });
  });

  const journal = (id: string, lines = 'FATAL:  of now\n') => {
    const asked: (readonly string[])[] = [];
    const units = unitsWith(async (argv) => {
      asked.push(argv);
      return { exitCode: 0, stdout: argv[0] === 'journalctl' ? lines : shown('failed', id), stderr: '' };
    });
    return { units, asked };
  };
  const start = { atMs: 0, invocationId: '5f1e', logs: [] };

  it('13.3: show of the journal only what the program wrote in this start', async () => {
    const { units, asked } = journal('77aa');
    expect(await units.unitLog('db.service', start)).toEqual({ place: 'journalctl -u db.service', text: 'FATAL:  of now\n' });
    expect(asked.at(-1)).toEqual(expect.arrayContaining(['_SYSTEMD_UNIT=db.service', '_SYSTEMD_INVOCATION_ID=77aa']));
  });

  it('13.3: say where the journal is to an account that may not read it', async () => {
    expect(await journal('77aa', '').units.unitLog('db.service', start)).toEqual({ place: 'journalctl -u db.service', text: null });
  });

  it('13.3: show nothing of the journal where nothing was started since', async () => {
    const { units, asked } = journal('5f1e');
    expect(await units.unitLog('db.service', start)).toEqual({ place: 'journalctl -u db.service', text: '' });
    expect(await journal('').units.unitLog('db.service', start)).toEqual({ place: 'journalctl -u db.service', text: null });
    expect(asked.flat()).not.toContain('journalctl');
  });

  it('13.3: that are still starting when the time is over say so', async () => {
    const units = unitsWith(() => Promise.reject(fail('timeout', 'command-timeout', 'systemctl did not end', { remedy: 'retry' })));
    expect(await failureOf(units.startUnit('db.service', 90_000))).toMatchObject({
      code: 'start-timeout',
      message: 'unit db.service was still starting after 90 s',
    });
  });

  const fenced = () =>
    readFileSync(new URL('../../../systemd/drydock-start-lock.conf', import.meta.url), 'utf8')
      .replaceAll('/var/lib/drydock-agent/locks', join(dir, 'holds'))
      .replaceAll('/run/drydock/pass', join(dir, 'pass'))
      .replaceAll('/usr/bin/drydock-agent', '/opt/agent');
  const proving = (unitText: string, shownText = 'Id=db.service\nNeedDaemonReload=no\n') =>
    unitsWith(async (argv) => ({ exitCode: 0, stdout: argv.includes('cat') ? unitText : shownText, stderr: '' })).verifyStartLock(
      'db.service',
    );

  it('have a start lock when the drop-in is active (P16)', async () => {
    await proving(`# /etc/systemd/system/db.service\n[Unit]\nAssertPathExists=/srv/db\n[Service]\nExecStart=/bin/db\n${fenced()}`);
  });

  it.each<[string, () => string, string?]>([
    ['there is no drop-in', () => '[Service]\nExecStart=/bin/db\n'],
    ['it is for another folder', () => fenced().replaceAll('holds', 'elsewhere')],
    ['another assertion is a way around it', () => `${fenced()}\n[Unit]\nAssertHost=|db-1\n`],
    ['it would outlast the program of its agent', () => fenced().replace(/^.*\/opt\/agent$/m, '')],
    ['a program that is not its agent keeps it up', () => fenced().replaceAll('/opt/agent', '/opt/agent-of-old')],
    ['a later drop-in takes it back', () => `${fenced()}\n[Unit]\nAssertPathExists=\n`],
    ['its lines stand in another section', () => fenced().replace('[Unit]', '[Service]')],
    ['systemd has not read it yet', fenced, 'Id=db.service\nNeedDaemonReload=yes\n'],
    ['the settings name an alias', fenced, 'Id=database.service\nNeedDaemonReload=no\n'],
  ])('have no start lock when %s (P16)', async (_why, unitText, shownText) => {
    expect(await failureOf(proving(unitText(), shownText))).toMatchObject({ class: 'refused', code: 'no-start-lock' });
  });

  it('14.2: pass one-shot flags where the drop-in is and ExecStart takes them, and refuse before a stop where not', async () => {
    const flagsIn = (text: string) => unitsWith(async () => ({ exitCode: 0, stdout: text, stderr: '' })).verifyStartFlags('db.service');
    await flagsIn(`[Service]\nExecStart=/bin/db run $DRYDOCK_START_FLAGS\n${fenced()}`);
    for (const text of [`[Service]\nExecStart=/bin/db run\n${fenced()}`, '[Service]\nExecStart=/bin/db run $DRYDOCK_START_FLAGS\n'])
      expect(await failureOf(flagsIn(text))).toMatchObject({ class: 'refused', code: 'no-start-flags' });
  });

  it('14.2: write the flags of a start into its pass, and nothing stays of them', async () => {
    const pass = join(dir, 'pass', 'db.service');
    let seen: string | null = null;
    const units = unitsWith(async (argv) => {
      if (argv.includes('start')) seen = readFileSync(pass, 'utf8');
      return { exitCode: 0, stdout: '', stderr: '' };
    });
    await units.startUnit('db.service', 1_000, ['--upgrade']);
    expect(seen).toBe('DRYDOCK_START_FLAGS=--upgrade\n');
    expect(existsSync(pass)).toBe(false);
  });

  it.each(['masked', 'bad-setting', 'error'])(
    '12.C16: refuse to stop a unit that systemd could not start again, because it is %s',
    async (state) => {
      const shown = `Id=db.service\nLoadState=${state}\nNeedDaemonReload=no\n`;
      const refusal = await failureOf(proving(fenced(), shown));
      expect(refusal).toMatchObject({ class: 'refused', code: 'unit-broken', message: expect.stringContaining(state) });
    },
  );
});
