/** The other side of overhead and wall: an Ansible playbook that rolls the same hosts, one after the other, with the same checks. */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoFleet } from '../../demo/fleet.ts';
import { databaseUnit } from '../../demo/layout.ts';
import { runMark } from '../../demo/supervisor/processes.ts';

/** As they are asked of the package index. */
export const packageNames = ['ansible-core==2.18.19', 'pg8000==1.31.6'] as const;
const folder = fileURLToPath(new URL('ansible/', import.meta.url));

/** Folder with the programs, made once and kept outside the clone; a sentence when it cannot be made here. */
export function ansiblePrograms(): { readonly bin: string } | string {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache');
  const venv = join(cache, 'drydock-bench', packageNames.join('-'));
  const bin = join(venv, 'bin');
  if (existsSync(join(bin, 'made'))) return { bin };
  for (const argv of [
    ['python3', '-m', 'venv', venv],
    [join(bin, 'pip'), 'install', '--quiet', '--disable-pip-version-check', ...packageNames],
  ]) {
    const [program = '', ...args] = argv;
    const made = spawnSync(program, args, { encoding: 'utf8' });
    if (made.status !== 0)
      return `no Ansible: ${argv.slice(0, 3).join(' ')} ended with ${made.status}: ${(made.stderr ?? '').trim().split('\n').at(-1)}; python3 with venv and a package index are needed`;
  }
  writeFileSync(join(bin, 'made'), '');
  return { bin };
}

/** Keeps what every node runs now, so that a later roll finds it staged, whatever was removed meanwhile. Returns its name. */
export function keepRelease(fleet: DemoFleet, stash: string): string {
  let name = '';
  for (const node of fleet.layout.nodes) {
    const releases = join(node.dir, 'releases');
    name = readlinkSync(join(releases, 'current'));
    mkdirSync(join(stash, node.name), { recursive: true });
    if (!existsSync(join(stash, node.name, name)))
      cpSync(join(releases, name), join(stash, node.name, name), { recursive: true, verbatimSymlinks: true });
  }
  return name;
}

/** Puts a kept release back beside the current one of every node: staged, as on the other side. */
export function stageAgain(fleet: DemoFleet, stash: string, release: string): void {
  for (const node of fleet.layout.nodes) {
    const place = join(node.dir, 'releases', release);
    if (!existsSync(place)) cpSync(join(stash, node.name, release), place, { recursive: true, verbatimSymlinks: true });
  }
}

export interface PlaybookRoll {
  readonly wallMs: number;
  /** Of it, what the database and its supervision took. */
  readonly engineMs: number;
}

/** Rolls every node to a kept release; standbys first, the primary last. */
export async function rollByPlaybook(fleet: DemoFleet, bin: string, stash: string, release: string, to: string): Promise<PlaybookRoll> {
  const { nodes: addresses, user, password, database } = fleet.layout.clientsAddress;
  stageAgain(fleet, stash, release);
  const members = fleet.layout.nodes.map((node, at) => {
    const releases = join(node.dir, 'releases');
    const hostfile = join(stash, `${node.name}.json`);
    const engine = {
      port: addresses[at]?.port,
      user,
      password,
      database,
      socket: node.socket,
      unit: databaseUnit(node.name),
      standbys: 2,
      to,
      peer: { port: addresses[(at + 1) % addresses.length]?.port },
    };
    writeFileSync(hostfile, JSON.stringify(engine), { mode: 0o600 });
    return [node.name, { hostfile, releases, release, to, data: join(node.dir, 'data') }] as const;
  });
  const order = [...members.slice(1), ...members.slice(0, 1)];
  const inventory = join(stash, 'inventory.json');
  writeFileSync(inventory, JSON.stringify({ members: { hosts: Object.fromEntries(order), vars: { ansible_connection: 'local' } } }));
  const begunMs = performance.now();
  const said = await run(join(bin, 'ansible-playbook'), ['-i', inventory, '-v', join(folder, 'roll.yaml')], {
    ANSIBLE_LOCALHOST_WARNING: 'false',
    ANSIBLE_INVENTORY_ENABLED: 'yaml',
    ANSIBLE_PYTHON_INTERPRETER: join(bin, 'python3'),
    [runMark]: fleet.dir,
  });
  const wallMs = performance.now() - begunMs;
  const engineMs = [...said.matchAll(/\\"ms\\": ([0-9.]+)/g)].reduce((total, [, ms]) => total + Number(ms), 0);
  if (engineMs === 0) throw new Error(`the playbook told no times:\n${said.slice(-2000)}`);
  return { wallMs, engineMs };
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], {
      env: { PATH: process.env.PATH, HOME: homedir(), LC_ALL: 'C.UTF-8', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (said += piece.toString()));
    child.once('error', reject);
    child.once('close', (exitCode) =>
      exitCode === 0 ? resolve(said) : reject(new Error(`${program} ended with ${exitCode}:\n${said.slice(-3000)}`)),
    );
  });
}
