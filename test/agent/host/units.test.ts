import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { supervisedUnits } from '../../../agent/host/units-supervised.ts';
import { parseShown, systemdUnits } from '../../../agent/host/units-systemd.ts';
import type { CommandResult } from '../../../common/engine.ts';
import { type Failure, toFailure } from '../../../common/failure.ts';
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

  it('are asked in one line and answer in one', async () => {
    reply = () => `${JSON.stringify({ id: 1, ok: true, state })}\n`;
    const units = supervisedUnits(path);
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
    expect(await failureOf(supervisedUnits(path).stopUnit('db', 10))).toMatchObject({
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
    expect(await failureOf(supervisedUnits(path).unitState('db'))).toMatchObject({ code: 'units-unreachable', remedy: 'retry' });
  });

  it('count as unreachable when nobody listens', async () => {
    expect(await failureOf(supervisedUnits(join(dir, 'nobody')).bootId())).toMatchObject({ code: 'units-unreachable', remedy: 'retry' });
  });
});

describe('units of systemd', () => {
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
    expect(() => parseShown('db.service', 'LoadState=not-found\nActiveState=inactive\n')).toThrow(/db\.service is not known/);
  });

  const answering = (states: readonly string[]) => {
    const asked: (readonly string[])[] = [];
    let looks = 0;
    const run = async (argv: readonly [string, ...string[]]): Promise<CommandResult> => {
      asked.push(argv);
      if (!argv.includes('show')) return { exitCode: 0, stdout: '', stderr: '' };
      looks += 1;
      return { exitCode: 0, stdout: shown(states[Math.min(looks, states.length) - 1] ?? 'failed'), stderr: '' };
    };
    return { run, asked };
  };

  it('are stopped when they are fully down, and a name cannot become an option', async () => {
    const clock = new VirtualClock();
    const { run, asked } = answering(['deactivating', 'deactivating', 'inactive']);
    let stopped = false;
    void systemdUnits(run, clock)
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
    void failureOf(systemdUnits(run, clock).stopUnit('db.service', 1_000)).then((failure) => {
      why = failure;
    });
    await clock.runUntil(() => why !== null);
    expect(why).toMatchObject({ code: 'stop-timeout' });
    expect(asked.flat()).not.toContain('kill');
  });
});
