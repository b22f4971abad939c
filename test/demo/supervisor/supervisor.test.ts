import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { askSupervisor } from '../../../demo/supervisor/client.ts';
import { isAlive } from '../../../demo/supervisor/processes.ts';
import { allGone, brokenProgram, type Fixture, politeProgram, program, startSupervisor, stubbornProgram } from './fixture.ts';

let open: Fixture[] = [];
afterEach(async () => {
  for (const fixture of open) await fixture.end();
  open = [];
});

const lockFileIn = (dir: string) => join(dir, 'holds', 'polite');

async function supervisor(flags: readonly string[] = []): Promise<Fixture> {
  const fixture = await startSupervisor(
    (dir) => [
      program('polite', politeProgram, dir, {
        stopSignal: 'SIGINT',
        pidFile: join(dir, 'polite.pid'),
        autostart: true,
        lockFile: lockFileIn(dir),
      }),
      program('deaf', stubbornProgram, dir),
      program('broken', brokenProgram, dir),
      { name: 'absent', argv: ['/nowhere/postgres'], logFile: join(dir, 'absent.log') },
    ],
    flags,
  );
  open.push(fixture);
  return fixture;
}

/** The child's id that the polite program prints once it is up. */
const childOf = (fixture: Fixture) =>
  fixture.eventually('child', () => {
    const lines = fixture.log('polite').match(/child (\d+)/g) ?? [];
    const last = lines.at(-1)?.slice('child '.length);
    return last === undefined ? undefined : Number(last);
  });

describe('a demo host’s supervisor', () => {
  it('starts once, keeps the incarnation when asked again, and gives a new one after a stop', async () => {
    const { socket, dir, ...fixture } = await supervisor();
    await childOf({ socket, dir, ...fixture });
    const first = await askSupervisor(socket, { verb: 'state', unit: 'polite' });
    expect(first).toMatchObject({ active: true, exitCode: null });
    expect(readFileSync(join(dir, 'polite.pid'), 'utf8')).toBe(`${first.pid}\n`);
    expect(await askSupervisor(socket, { verb: 'start', unit: 'polite' })).toEqual(first);

    const stopped = await askSupervisor(socket, { verb: 'stop', unit: 'polite', timeoutMs: 10_000 });
    expect(stopped).toMatchObject({ active: false, pid: null, exitCode: 0 });
    expect(isAlive(first.pid ?? 0)).toBe(false);
    expect(existsSync(join(dir, 'polite.pid'))).toBe(false);

    const second = await askSupervisor(socket, { verb: 'start', unit: 'polite' });
    expect(second.invocationId).not.toBe(first.invocationId);
    expect(second.bootId).toBe(first.bootId);
  });

  it('P9 says that a unit did not stop in time, and leaves it running', async () => {
    const fixture = await supervisor();
    const { pid } = await askSupervisor(fixture.socket, { verb: 'start', unit: 'deaf' });
    await fixture.eventually('deaf is up', () => fixture.log('deaf').includes('deaf') || undefined);
    await expect(askSupervisor(fixture.socket, { verb: 'stop', unit: 'deaf', timeoutMs: 50 })).rejects.toThrow(
      /unit deaf is still running 50 ms after SIGTERM/,
    );
    expect(await askSupervisor(fixture.socket, { verb: 'state', unit: 'deaf' })).toMatchObject({ active: true, pid });
  });

  it('tells the exit code of a unit that ended by itself, and does not start it again', async () => {
    const { socket, eventually } = await supervisor();
    await askSupervisor(socket, { verb: 'start', unit: 'broken' });
    const ended = await eventually('end of broken', async () => {
      const state = await askSupervisor(socket, { verb: 'state', unit: 'broken' });
      return state.active ? undefined : state;
    });
    expect(ended.exitCode).toBe(7);
  });

  it('refuses a program that is not there and a unit it does not know, each in one sentence', async () => {
    const { raw } = await supervisor();
    const [absent] = await raw('{"id":1,"verb":"start","unit":"absent"}\n', 1);
    expect(absent).toMatchObject({ id: 1, ok: false, code: 'exited-at-once', failure: expect.stringContaining('ENOENT') });
    const [unknown] = await raw('{"id":2,"verb":"state","unit":"postgres-pg-9"}\n', 1);
    expect(unknown).toMatchObject({ id: 2, ok: false, code: 'unknown-unit', failure: expect.stringContaining('postgres-pg-9') });
  });

  it('answers nonsense with bad-request and goes on', async () => {
    const { raw } = await supervisor();
    const nonsense = [
      '{',
      'null',
      '[]',
      '"start"',
      '{"id":"x","verb":"start"}',
      '{"id":5,"verb":"fly"}',
      '{"id":6,"verb":"stop"}',
      '\u0000',
    ];
    const answers = await raw(`${nonsense.join('\n')}\n`, nonsense.length);
    expect(answers).toHaveLength(nonsense.length);
    for (const answer of answers) expect(answer).toMatchObject({ ok: false, code: 'bad-request' });
    const [cutOff] = await raw('x'.repeat(70_000), 1);
    expect(cutOff).toMatchObject({ ok: false, code: 'bad-request' });
    const [boot] = await raw('{"id":7,"verb":"boot"}\n', 1);
    expect(boot).toMatchObject({ id: 7, ok: true, state: { bootId: expect.stringMatching(/^[0-9a-f]{32}$/) } });
  });

  it('reboots: every process of every unit is killed, the boot id changes, autostart units run again and no others', async () => {
    const fixture = await supervisor();
    const child = await childOf(fixture);
    const before = await askSupervisor(fixture.socket, { verb: 'state', unit: 'polite' });
    const other = await askSupervisor(fixture.socket, { verb: 'start', unit: 'deaf' });
    await askSupervisor(fixture.socket, { verb: 'reboot' });
    expect([before.pid, other.pid, child].map((pid) => isAlive(pid ?? 0))).toEqual([false, false, false]);
    const after = await askSupervisor(fixture.socket, { verb: 'state', unit: 'polite' });
    expect(after.active).toBe(true);
    expect(after.bootId).not.toBe(before.bootId);
    expect(after.invocationId).not.toBe(before.invocationId);
    expect(await askSupervisor(fixture.socket, { verb: 'state', unit: 'deaf' })).toMatchObject({ active: false });
  });

  it('P16 starts a unit that is held for only who shows its pass, and everybody when the hold or its folder is gone', async () => {
    const { socket, dir, eventually } = await supervisor();
    const lockFile = lockFileIn(dir);
    mkdirSync(join(dir, 'holds'));
    writeFileSync(lockFile, 'the pass\n');
    const running = await askSupervisor(socket, { verb: 'state', unit: 'polite' });
    expect(running).toMatchObject({ active: true, lockFile });
    expect(await askSupervisor(socket, { verb: 'start', unit: 'polite' })).toEqual(running);
    await eventually('child', () => (readFileSync(join(dir, 'polite.log'), 'utf8').includes('child') ? true : undefined));
    await askSupervisor(socket, { verb: 'stop', unit: 'polite' });

    const refused = { failure: { class: 'failed', code: 'held', message: expect.stringContaining(lockFile) } };
    await expect(askSupervisor(socket, { verb: 'start', unit: 'polite' })).rejects.toMatchObject(refused);
    await expect(askSupervisor(socket, { verb: 'start', unit: 'polite', pass: 'another' })).rejects.toMatchObject(refused);
    expect(await askSupervisor(socket, { verb: 'start', unit: 'polite', pass: 'the pass' })).toMatchObject({ active: true });

    await askSupervisor(socket, { verb: 'reboot' });
    expect(await askSupervisor(socket, { verb: 'state', unit: 'polite' })).toMatchObject({ active: false });
    rmSync(join(dir, 'holds'), { recursive: true });
    expect(await askSupervisor(socket, { verb: 'start', unit: 'polite' })).toMatchObject({ active: true });
  });

  it('P16 takes a hold that it cannot read for one', async () => {
    const { socket, dir } = await supervisor();
    mkdirSync(lockFileIn(dir), { recursive: true });
    await askSupervisor(socket, { verb: 'reboot' });
    expect(await askSupervisor(socket, { verb: 'state', unit: 'polite' })).toMatchObject({ active: false });
  });

  it('takes its units with it when it is told to end', async () => {
    const fixture = await supervisor();
    const pids = [await childOf(fixture), (await askSupervisor(fixture.socket, { verb: 'state', unit: 'polite' })).pid ?? 0];
    const ended = once(fixture.supervisor, 'exit');
    fixture.supervisor.kill('SIGTERM');
    expect(await ended).toEqual([0, null]);
    await allGone(pids);
    expect(existsSync(fixture.socket)).toBe(false);
  });

  it('takes its units with it when the one who started it dies', async () => {
    const fixture = await supervisor(['--with-parent']);
    const pids = [await childOf(fixture), (await askSupervisor(fixture.socket, { verb: 'state', unit: 'polite' })).pid ?? 0];
    const ended = once(fixture.supervisor, 'exit');
    fixture.supervisor.stdin?.destroy(); // what the death of a parent looks like from here
    await ended;
    await allGone(pids);
  });
});
