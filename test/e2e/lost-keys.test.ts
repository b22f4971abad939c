/** docs/restoring-the-controller.md, "The drill of the keys": its commands are typed as they stand there, to the programs as people run them. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync } from 'node:fs';
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { HostListDocument } from '../../common/documents/fleet.ts';
import { bootHost } from '../../demo/hosts.ts';
import { type Program, programArgv, root } from '../../demo/programs.ts';
import { type Ended, runToEnd } from '../../demo/spawned.ts';
import { waitFor } from '../../demo/wait.ts';

const page = 'docs/restoring-the-controller.md';
const never = new AbortController().signal;
const hosts = ['db-1', 'db-2'] as const;

let dir = '';
let token = '';
const running = new Map<string, ChildProcess>();
const said: string[] = [];

const address = () => `unix:${dir}/operator.sock`;
const stateOf = (host: string) => join(dir, host);

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'drydock-keys-'));
  await mkdir(join(dir, 'backups'));
  // Its unit is never started: what is asked here is whether its agents come back.
  const units = join(dir, 'units.yaml');
  const unit = `{name: pg, argv: [/bin/sleep, '60'], logFile: ${dir}/pg.log, lockFile: ${dir}/pg.lock}`;
  await writeFile(units, `socket: ${dir}/units.sock\nunits: [${unit}]\n`);
  await bootHost({ runDir: dir, name: 'hosts', dir, socket: join(dir, 'units.sock'), supervisorSettings: units }, true, never);
  await writeFile(join(dir, 'controller.yaml'), `listen: ${address()}\nstateDir: ${dir}/state\n`);
  for (const host of hosts) {
    await mkdir(stateOf(host));
    const lines = [
      `host: ${host}`,
      `controller: ${address()}`,
      `stateDir: ${stateOf(host)}`,
      `units: { kind: supervised, socket: ${dir}/units.sock }`,
    ];
    const instance = `{instance: pg-${host}, cluster: main, engine: postgresql, dataDir: ${stateOf(host)}, releasesDir: ${stateOf(host)}, unit: pg, connection: {host: 127.0.0.1, port: 1, user: drydock, memberId: pg-${host}}}`;
    await writeFile(join(dir, `${host}.yaml`), [...lines, `instances: [${instance}]`].join('\n'));
  }
  await succeeds('drydock-controller init --admin anna');
  await start('drydock-controller', 'controller');
  await succeeds(`drydock login prod db-controller:7420`);
  for (const host of hosts) await enrollHost(host);
  for (const host of hosts) await start('drydock-agent', host);
  await connected();
}, 120_000);

afterAll(async () => {
  for (const name of running.keys()) await stop(name);
  rmSync(dir, { recursive: true, force: true });
}, 60_000);

async function start(program: Program, name: string): Promise<void> {
  const [first, ...rest] = programArgv(program);
  const child = spawn(first, [...rest, '--settings', join(dir, `${name}.yaml`)], { env: environment(), stdio: ['ignore', 'pipe', 'pipe'] });
  for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text: string) => said.push(text));
  running.set(name, child);
}

async function stop(name: string): Promise<void> {
  const child = running.get(name);
  running.delete(name);
  if (child === undefined || child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}

/** A person with a home of their own, and no identity but what `drydock login` makes. */
function environment(): Record<string, string | undefined> {
  const { DRYDOCK_IDENTITY: _identity, DRYDOCK_CONTROLLER: _controller, DRYDOCK_CONTEXT: _context, ...rest } = process.env;
  return { ...rest, HOME: dir, XDG_CONFIG_HOME: join(dir, 'config') };
}

const run = (program: Program, args: readonly string[]): Promise<Ended> =>
  runToEnd([...programArgv(program), ...args], { env: environment(), terminal: 'collect', signal: never });

async function typed(line: string): Promise<Ended> {
  const words = [...line.matchAll(/"([^"]*)"|\S+/g)].map(([word, quoted]) => quoted ?? word);
  const here = (word: string) =>
    word
      .replace('/var/lib/drydock', `${dir}/state`)
      .replace('/var/backups/drydock', `${dir}/backups`)
      .replace('db-controller:7420', address());
  const [program = '', ...args] = words.map(here);
  const secret = async () => {
    await writeFile(join(dir, 'token'), token, { mode: 0o600 });
    return ['--token-file', join(dir, 'token')];
  };
  switch (program) {
    case 'cp':
      return runToEnd(['cp', ...args], { env: process.env, terminal: 'collect', signal: never });
    case 'systemctl':
      if (args[0] === 'stop') await stop('controller');
      else await start('drydock-controller', 'controller');
      return { exitCode: 0, stdout: '', stderr: '' };
    case 'drydock-controller':
      return run('drydock-controller', ['--settings', join(dir, 'controller.yaml'), ...args]);
    case 'drydock':
      return run('drydock', args[0] === 'login' ? [...args, ...(await secret())] : args);
    case 'drydock-agent':
      return run('drydock-agent', ['--settings', join(dir, `${hosts[0]}.yaml`), ...args, ...(await secret())]);
    default:
      throw new Error(`${page} shows a command that this test cannot type: ${line}`);
  }
}

/** Also keeps the token that it printed. A controller that was just started may not listen yet. */
async function succeeds(line: string): Promise<string> {
  return waitFor(line, 60_000, never, async () => {
    const { exitCode, stdout, stderr } = await typed(line);
    token = /^drydock1\.\S+$/m.exec(stdout)?.[0] ?? token;
    if (exitCode === 5) return { notYet: stderr };
    expect(`${line}: ${exitCode} ${stderr}`).toMatch(/: 0 /);
    return { seen: stdout };
  });
}

async function enrollHost(host: string): Promise<void> {
  await succeeds(`drydock token create --host ${host}`);
  await writeFile(join(dir, 'token'), token, { mode: 0o600 });
  const { exitCode, stderr } = await run('drydock-agent', [
    '--settings',
    join(dir, `${host}.yaml`),
    'enroll',
    '--token-file',
    join(dir, 'token'),
  ]);
  expect(`${exitCode} ${stderr}`).toMatch(/^0 /);
}

async function connected(count: number = hosts.length): Promise<void> {
  await waitFor(`${count} agents`, 60_000, never, async () => {
    const { exitCode, stdout, stderr } = await run('drydock', ['host', 'list', '-o', 'json']);
    if (exitCode !== 0) return { notYet: stderr };
    const { hosts: rows } = JSON.parse(stdout) as HostListDocument;
    return rows.filter((row) => row.connected).length === count ? { seen: true } : { notYet: `${stdout}${said.slice(-5).join('')}` };
  });
}

/** Commands by number of the step, of the first (restored) and the second list (made anew). */
function drill(list: 0 | 1): ReadonlyMap<number, readonly string[]> {
  const [, after = ''] = readFileSync(join(root, page), 'utf8').split('## The drill of the keys\n');
  const text = after.split(/^## /m)[0]?.split(/^(?=Without a copy)/m)[list] ?? '';
  const steps = text.split(/^(?=\d+\. )/m).slice(1);
  return new Map(steps.map((step) => [Number.parseInt(step, 10), (/^```\n([\s\S]*?)^```$/m.exec(step)?.[1] ?? '').trimEnd().split('\n')]));
}

async function step(list: 0 | 1, number: number): Promise<string> {
  const output: string[] = [];
  for (const line of drill(list).get(number) ?? []) output.push(await succeeds(line));
  return output.join('');
}

const identities = () => Promise.all(hosts.map(async (host) => readFileSync(join(stateOf(host), 'identity', 'identity.pem'), 'utf8')));

it('M17 P14: the folder of keys is lost and restored from its copy: agents come back without enrolling, and the log is whole', async () => {
  expect([...drill(0).keys()]).toEqual([1, 2, 3, 4]);
  const before = await identities();
  await step(0, 1);
  rmSync(join(dir, 'state', 'trust'), { recursive: true });
  await step(0, 2);
  const without = await run('drydock-controller', ['--settings', join(dir, 'controller.yaml')]);
  expect(without.exitCode).toBe(3);
  expect(without.stdout + without.stderr).toMatch(/not-initialised|drydock-controller init/);
  await step(0, 3);
  await connected();
  const output = await step(0, 4);
  expect(output).toContain('every chain is intact');
  expect(await identities()).toEqual(before);
}, 150_000);

it('M17 P12 P14: the folder of keys is lost without a copy: keys are made anew, hosts enroll, and the log is signed again by a word in it', async () => {
  expect([...drill(1).keys()]).toEqual([1, 2, 3, 4]);
  rmSync(join(dir, 'state', 'trust'), { recursive: true });
  await step(1, 1);
  // Who has a certificate of the lost authority is not let in, and trusts no other.
  await connected(0);
  await step(1, 2);
  await connected(1);
  await enrollHost(hosts[1]);
  await connected(2);
  const [line = ''] = drill(1).get(3) ?? [];
  const { exitCode, stdout } = await typed(line);
  expect(exitCode).toBe(1);
  expect(stdout).toContain('is not signed with the key of this controller');
  expect(await step(1, 4)).toContain('every chain is intact');
  expect((await run('drydock', ['audit', 'fleet'])).stdout).toContain('the keys were lost');
}, 150_000);
