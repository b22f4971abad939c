/** What a person on the host types and reads, with an agent that runs and a controller that may be gone. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { openLocalDoor } from '../../agent/local/door.ts';
import { main } from '../../agent/main.ts';
import { downtimeBody, instance, newRelease, oldRelease, orderOf, type World } from './world.ts';
import { carryOut, makeWorld } from './worlds.ts';

const connection = { host: '127.0.0.1', port: 1, user: 'nobody', memberId: 'db-1' };

let cleanUp: (() => void)[] = [];
afterEach(() => {
  for (const clean of cleanUp) clean();
  cleanUp = [];
});

interface Shell {
  readonly settings: string;
  run(args: readonly string[], typed?: string): Promise<{ readonly exitCode: number; readonly stdout: string; readonly stderr: string }>;
}

/** A shell on the host of this world, whose agent listens. */
async function shellOn(world: World): Promise<Shell> {
  const dir = mkdtempSync(join(tmpdir(), 'drydock-local-'));
  if (world.agent === null) throw new Error('no agent');
  const server: Server = await openLocalDoor(join(dir, 'agent.sock'), world.agent.local);
  cleanUp.push(
    () => server.close(),
    () => rmSync(dir, { recursive: true }),
  );
  const settings = join(dir, 'agent.yaml');
  writeFileSync(
    settings,
    JSON.stringify({
      host: 'host-1',
      controller: '127.0.0.1:1',
      stateDir: dir,
      units: { kind: 'systemd' },
      instances: [{ ...instance, engine: 'postgresql', dataDir: dir, releasesDir: dir, connection }],
    }),
  );
  return {
    settings,
    async run(args, typed) {
      const [stdout, stderr] = [collected(), collected()];
      const stdin = Object.assign(Readable.from(typed === undefined ? [] : [typed]), { isTTY: typed !== undefined });
      const exitCode = await main(['--settings', settings, ...args], { stdout: stdout.stream, stderr: stderr.stream, stdin });
      return { exitCode, stdout: stdout.text(), stderr: stderr.text() };
    },
  };
}

function collected() {
  let text = '';
  const stream = new Writable({
    write(chunk, _encoding, done) {
      text += String(chunk);
      done();
    },
  });
  return { stream, text: () => text };
}

/** Lets virtual time pass until a command is over. */
async function over<T>(world: World, command: Promise<T>): Promise<T> {
  let settled = false;
  command.then(
    () => {
      settled = true;
    },
    () => {
      settled = true;
    },
  );
  while (!settled) {
    await new Promise((resolve) => setImmediate(resolve));
    await world.clock.advance(50);
  }
  return command;
}

const holding = 'r-1/p.stop/1';
const leaveStopped = () => orderOf(downtimeBody({ mode: 'normal', parts: ['quiesce', 'stop'], toRelease: oldRelease }), { step: 'p.stop' });

describe('drydock-agent on the host', () => {
  it('P16 P20 names the order for which a stopped database is held, since when and why, and the command that lets go of it', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const shell = await shellOn(world);
    const { stdout, exitCode } = await over(world, shell.run(['status']));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^INSTANCE +RUNS +RELEASE +PREVIOUS +START LOCK$/m);
    expect(stdout).toMatch(/^db-1 +no .* yes$/m);
    expect(stdout).toMatch(/^db-1 has a start lock since \d{4}-\S+Z \(.* ago\): only this agent can start unit db$/m);
    expect(stdout).toContain(`why      ${holding} stopped it and left it stopped; a later order of run r-1 starts it`);
    const command = `drydock-agent --settings ${shell.settings} release ${holding}`;
    expect(stdout).toContain(command);

    const released = await over(world, shell.run(['release', holding]));
    expect(released).toMatchObject({ exitCode: 0 });
    expect(released.stdout).toMatch(
      /^the start lock of db-1 is removed: it can be started again; order r-1\/p.stop\/1, which had left it stopped, ended done at /,
    );
    world.host.startByHand('db');
    expect((await over(world, shell.run(['status']))).stdout).not.toContain('has a start lock');
  });

  it('P16 lets go by the name of the instance, too, and says when there is nothing to let go of', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const shell = await shellOn(world);
    expect((await over(world, shell.run(['release', 'db-1']))).stdout).toContain('the start lock of db-1 is removed');
    const again = await over(world, shell.run(['release', 'db-1']));
    expect(again).toMatchObject({ exitCode: 4, stdout: '' });
    expect(again.stderr).toContain('db-1 has no start lock');
  });

  it('says that no agent runs, for then nothing that was begun is ended', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const shell = await shellOn(world);
    expect((await over(world, shell.run(['status']))).stdout).toMatch(/^host-1 {2}connected to the controller/);
    for (const clean of cleanUp.splice(0, 1)) clean();
    expect((await over(world, shell.run(['status']))).stdout).toMatch(
      /^host-1 {2}no agent is running here: open orders wait for the agent/,
    );
  });

  it('P16 tells a wrong name which orders there are, also those that only hold', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const { exitCode, stderr } = await over(world, (await shellOn(world)).run(['release', 'r-9/x/1']));
    expect(exitCode).toBe(4);
    expect(stderr).toContain(`none is; db-1 has a start lock for ${holding}; check drydock-agent status`);
  });

  it('13.7: writes the same document as JSON and as YAML', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const shell = await shellOn(world);
    const status = JSON.parse((await over(world, shell.run(['status', '-o', 'json']))).stdout);
    expect(parse((await over(world, shell.run(['status', '-o', 'yaml']))).stdout)).toEqual(status);
  });

  it('gives programs one document per command', async () => {
    const world = makeWorld();
    await carryOut(world, leaveStopped());
    const shell = await shellOn(world);
    const status = JSON.parse((await over(world, shell.run(['status', '-o', 'json']))).stdout);
    expect(status).toMatchObject({
      apiVersion: 'drydock/v1',
      instances: [{ instance: 'db-1', held: true, heldBy: { orderId: holding, commands: [`release ${holding}`] } }],
    });
    const released = JSON.parse((await over(world, shell.run(['-o', 'json', 'release', holding]))).stdout);
    expect(released).toMatchObject({ apiVersion: 'drydock/v1', verb: 'release', orderId: holding, endedBefore: true });
  });

  it('says from which version to which a revert goes and what it does, and asks', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const shell = await shellOn(world);
    const declined = await over(world, shell.run(['revert', 'db-1'], 'n\n'));
    expect(declined).toMatchObject({ exitCode: 1, stdout: '' });
    expect(declined.stderr).toContain('db-1 on host-1: 16.14 -> 16.4');
    expect(declined.stderr).toContain(
      `it is stopped and started on release ${oldRelease}, the one before ${newRelease}; its data stays as it is`,
    );
    expect(declined.stderr).toContain('revert db-1? [y/N]');
    expect(declined.stderr).toContain('db-1 was not reverted; nothing was changed');
    expect(world.host.runs('db')).toBe(newRelease);

    const reverted = await over(world, shell.run(['revert', 'db-1'], 'y\n'));
    expect(reverted.exitCode).toBe(0);
    expect(reverted.stdout).toMatch(/^db-1 runs 16\.4, after \d+\.\d s down\n$/);
  });

  it('reverts nothing when nobody can be asked, unless told not to ask; then it still says what it does', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const shell = await shellOn(world);
    const refused = await over(world, shell.run(['revert', 'db-1']));
    expect(refused).toMatchObject({ exitCode: 2, stdout: '' });
    expect(refused.stderr).toContain('--yes');
    const reverted = await over(world, shell.run(['revert', 'db-1', '--yes']));
    expect(reverted.stderr).toContain('16.14 -> 16.4');
    expect(reverted.stdout).toContain('db-1 runs 16.4');
  });

  it('says of a database that a switchover left stopped that another member may have its place, before it is reverted', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    await carryOut(
      world,
      orderOf(downtimeBody({ mode: 'normal', parts: ['stop'], fromRelease: newRelease, toRelease: newRelease }), { step: 'p.stop' }),
    );
    const { stderr } = await over(world, (await shellOn(world)).run(['revert', 'db-1'], 'n\n'));
    expect(stderr).toContain('it does not run; it is started on release');
    expect(stderr).toContain(`it has a start lock for ${holding}: check first that no other member has taken over its role`);
  });

  it('says of an order that ended long ago when and how it ended', async () => {
    const world = makeWorld();
    await carryOut(world, orderOf(downtimeBody()));
    const { stdout, exitCode } = await over(world, (await shellOn(world)).run(['finish', 'r-1/downtime/1']));
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/^order r-1\/downtime\/1 has ended already: done at \d{4}-\S+Z \(.* ago\); nothing to finish\n$/);
  });
});
