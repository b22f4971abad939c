import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { documentBytes, type StandInOperator, startOperator } from '../stand-ins/operator.ts';
import * as documents from '../stand-ins/operator-documents.ts';
import { drydock } from './captured-io.ts';

let home: string;
let controller: StandInOperator;
const file = () => join(home, 'drydock', 'config.yaml');
const show = ['cluster', 'show', 'pg-main'];
const dead = '127.0.0.1:1';

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'drydock-contexts-'));
  controller = await startOperator({ answers: { GetCluster: () => ({ cluster: documentBytes(documents.cluster) }) } });
});
afterEach(async () => {
  controller.kill();
  await rm(home, { recursive: true });
});

const run = (argv: readonly string[], env: Readonly<Record<string, string>> = {}) =>
  drydock(argv, { env: { XDG_CONFIG_HOME: home, ...env } });

async function write(text: string): Promise<void> {
  await mkdir(join(home, 'drydock'), { recursive: true });
  await writeFile(file(), text);
}

describe('contexts', () => {
  test('13.6: a controller gets a name, and commands talk to it once it is current', async () => {
    const set = await run(['context', 'set', 'lab', controller.address]);
    expect(set).toMatchObject({ exitCode: 0, stdout: '' });
    expect(set.stderr).toBe(`context lab is ${controller.address}. Switch to it: drydock context use lab\n`);
    expect((await run(['context', 'use', 'lab'])).stderr).toBe(`commands now use ${controller.address} (context lab)\n`);
    expect((await run(show)).exitCode).toBe(0);
    expect((await run(['context', 'list'])).stdout).toBe(
      `CURRENT   NAME   CONTROLLER\n*         lab    ${controller.address}\ncommands talk to ${controller.address} (context lab)\n`,
    );
  });

  test('13.6: the flag goes before the environment, the environment before the current context, that before the settings file', async () => {
    await write(`controller: ${controller.address}\n`);
    expect((await run(show)).exitCode).toBe(0);
    await run(['context', 'set', 'dead', dead, '--use']);
    const byContext = await run(show);
    expect(byContext.exitCode).toBe(5);
    expect(byContext.stderr).toContain(`controller at ${dead} (context dead) is unreachable`);
    expect((await run(show, { DRYDOCK_CONTROLLER: controller.address })).exitCode).toBe(0);
    expect((await run([...show, '--controller', dead], { DRYDOCK_CONTROLLER: controller.address })).exitCode).toBe(5);
    await run(['context', 'set', 'lab', controller.address]);
    expect((await run(show, { DRYDOCK_CONTEXT: 'lab' })).exitCode).toBe(0);
    expect((await run(['--context', 'lab', ...show], { DRYDOCK_CONTROLLER: dead })).exitCode).toBe(0);
  });

  test('13.6: without any of them the default address is taken, and errors say that it is the default', async () => {
    expect(JSON.parse((await run(['context', 'list', '-o', 'json'])).stdout)).toEqual({
      apiVersion: 'drydock/v1',
      inUse: { controller: '127.0.0.1:7420', namedBy: 'the default' },
      contexts: [],
    });
  });

  test('13.6: path asks the built-in rule packs where nobody named a controller and none is at the default address', async () => {
    const ran = await run(['path', 'postgresql', '16.4', '16.14', '-o', 'json']);
    expect(ran.exitCode).toBe(0);
    expect(ran.stderr).toBe('no controller at 127.0.0.1:7420; using the built-in rule packs\n');
  });

  test('13.6: what was made current is said not to count while the environment goes first', async () => {
    const ran = await run(['context', 'set', 'lab', controller.address, '--use'], { DRYDOCK_CONTROLLER: dead });
    expect(ran.stderr).toContain(`but DRYDOCK_CONTROLLER is set and takes precedence: commands use ${dead} until it is unset`);
  });

  test('13.6: removing the current context says what commands talk to then', async () => {
    await run(['context', 'set', 'lab', controller.address, '--use']);
    const ran = await run(['context', 'remove', 'lab']);
    expect(ran.stderr).toBe('removed context lab, which was current; commands now use 127.0.0.1:7420 (the default)\n');
    expect((await run(['context', 'list', '-o', 'json'])).stdout).not.toContain('lab');
  });

  test.each([
    { argv: ['context', 'use', 'nope'], exitCode: 4, says: 'context use: context nope not found (known: lab, test)' },
    { argv: ['context', 'use', 'toString'], exitCode: 4, says: 'context use: context toString not found' },
    { argv: ['context', 'remove', 'nope'], exitCode: 4, says: 'context remove: context nope not found' },
    { argv: ['--context', 'nope', ...show], exitCode: 4, says: '--context: context nope not found' },
    { argv: ['--context', 'toString', ...show], exitCode: 4, says: '--context: context toString not found' },
    { argv: ['context', 'set', 'a b', dead], exitCode: 2, says: '"a b" is not a valid context name' },
    { argv: ['context', 'set', 'far', '10.0.0.7'], exitCode: 2, says: 'context far: "10.0.0.7" is not a valid address' },
    { argv: ['--controller', '10.0.0.7:7420', ...show], exitCode: 3, says: 'not logged in to 10.0.0.7:7420', identity: '' },
    { argv: ['--controller', dead, ...show], exitCode: 3, says: `not logged in to ${dead}`, identity: '' },
    { argv: ['--context', 'lab', '--controller', dead, ...show], exitCode: 2, says: "'--controller <address>' cannot be used with" },
  ])('13.6: $argv is refused with $exitCode and one sentence', async ({ argv, exitCode, says, identity }) => {
    await run(['context', 'set', 'lab', controller.address]);
    await run(['context', 'set', 'test', dead]);
    const before = await readFile(file(), 'utf8');
    const ran = await run(argv, identity === undefined ? {} : { DRYDOCK_IDENTITY: identity });
    expect(ran).toMatchObject({ exitCode, stdout: '' });
    expect(ran.stderr).toContain(says);
    expect(await readFile(file(), 'utf8')).toBe(before);
  });

  test('13.6: a context that the file names and does not have is said with its line', async () => {
    await write('# mine\ncontext: gone\n');
    const ran = await run(show);
    expect(ran.exitCode).toBe(4);
    expect(ran.stderr).toContain(`${file()}:2: context: context gone not found (none exists yet)`);
  });
});

describe('the settings file of a person', () => {
  test('13.6: keeps its comments, its other settings and its place behind a link', async () => {
    const kept = join(home, 'dotfiles.yaml');
    await writeFile(kept, '# my controllers\ncontexts:\n  # in the cellar\n  lab:\n    controller: 127.0.0.1:7\ncontroller: 127.0.0.1:8\n');
    await mkdir(join(home, 'drydock'));
    await symlink(kept, file());
    await run(['context', 'set', 'test', dead, '--use']);
    expect(await readFile(kept, 'utf8')).toBe(
      `# my controllers\ncontexts:\n  # in the cellar\n  lab:\n    controller: 127.0.0.1:7\n  test:\n    controller: ${dead}\ncontroller: 127.0.0.1:8\ncontext: test\n`,
    );
    expect(await readdir(join(home, 'drydock'))).toEqual(['config.yaml']);
  });

  test('13.6: is not written over while it has a mistake in it', async () => {
    await write('contexts: [\n');
    const ran = await run(['context', 'set', 'lab', dead]);
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain(`${file()}:`);
    expect(await readFile(file(), 'utf8')).toBe('contexts: [\n');
  });

  test('13.6: without a place for it nothing is kept, and the flag is named instead', async () => {
    const ran = await drydock(['context', 'set', 'lab', dead], { env: {} });
    expect(ran.exitCode).toBe(2);
    expect(ran.stderr).toContain('neither XDG_CONFIG_HOME nor HOME is set; set one of them, or give --controller');
  });
});
