/** The other side of overhead and wall: an Ansible playbook that rolls the same hosts, one after the other, with the same checks. */
import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DemoFleet } from '../../demo/fleet.ts';
import { databaseUnit } from '../../demo/layout.ts';
import { runMark } from '../../demo/supervisor/processes.ts';
import type { Rolled } from './rolls.ts';

const folder = fileURLToPath(new URL('ansible/', import.meta.url));

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

/** Puts a kept release back beside the current one of every node: staged, for the next roll. */
export function stageAgain(fleet: DemoFleet, stash: string, release: string): void {
  for (const node of fleet.layout.nodes) {
    const place = join(node.dir, 'releases', release);
    if (!existsSync(place)) cpSync(join(stash, node.name, release), place, { recursive: true, verbatimSymlinks: true });
  }
}

/** A release that is staged, and the one that it takes the place of. */
export interface PlaybookTarget {
  readonly version: string;
  readonly release: string;
  readonly previous: string;
}

/** Rolls every node; standbys first, the primary (the first node) last. Removes the previous release in the end. */
export async function rollByPlaybook(fleet: DemoFleet, bin: string, stash: string, target: PlaybookTarget): Promise<Rolled> {
  const inventory = join(stash, 'inventory.json');
  writeFileSync(inventory, JSON.stringify({ members: { hosts: hostsOf(fleet, stash, target) } }));
  const begunMs = performance.now();
  const output = await run(join(bin, 'ansible-playbook'), ['-i', inventory, '-v', join(folder, 'roll.yaml')], stash, {
    PATH: process.env.PATH,
    HOME: stash,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_INVENTORY_ENABLED: 'yaml',
    ANSIBLE_PYTHON_INTERPRETER: join(bin, 'python3'),
    [runMark]: fleet.dir,
  });
  return { wallMs: performance.now() - begunMs, ...timesReported(output, fleet.layout.nodes.length) };
}

function hostsOf(fleet: DemoFleet, stash: string, target: PlaybookTarget): Readonly<Record<string, unknown>> {
  const { version: to, release, previous } = target;
  const { nodes: addresses, user, password, database } = fleet.layout.clientsAddress;
  const members = fleet.layout.nodes.map((node, at) => {
    const data = join(node.dir, 'data');
    const hostfile = join(stash, `${node.name}.json`);
    // A standby is also looked at from its primary, the primary from a standby.
    const peer = { port: addresses[at === 0 ? 1 : 0]?.port };
    const access = { port: addresses[at]?.port, user, password, database, socket: node.socket, unit: databaseUnit(node.name), data };
    writeFileSync(hostfile, JSON.stringify({ ...access, standbys: addresses.length - 1, to, peer }), { mode: 0o600 });
    return [
      node.name,
      { ansible_connection: 'local', hostfile, releases: join(node.dir, 'releases'), release, previous, to, data },
    ] as const;
  });
  return Object.fromEntries([...members.slice(1), ...members.slice(0, 1)]);
}

/** Of each host, from the begin of its turn's first question to the end of the last one, what lay between the questions. */
function timesReported(output: string, hosts: number): Pick<Rolled, 'engineMs' | 'overheadsMs'> {
  const [, turns = ''] = /^PLAY \[roll\].*?$([\s\S]*)^PLAY \[verify\]/m.exec(output) ?? [];
  const spans = spansIn(turns);
  if (spans.length !== hosts) throw new Error(`the playbook told times of ${spans.length} hosts:\n${output.slice(-2000)}`);
  return {
    engineMs: spansIn(output).reduce((total, { engineMs }) => total + engineMs, 0),
    overheadsMs: spans.map(({ begunMs, endedMs, engineMs }) => endedMs - begunMs - engineMs),
  };
}

function spansIn(output: string): readonly { readonly begunMs: number; readonly endedMs: number; readonly engineMs: number }[] {
  const reported = new Map<string, { begunMs: number; endedMs: number; engineMs: number }>();
  for (const [, host = '', begun, took] of output.matchAll(/^\w+: \[([\w-]+)\].*"begun_ms": ([0-9.]+).*"took_ms": ([0-9.]+)/gm)) {
    const [begunMs, tookMs] = [Number(begun), Number(took)];
    const known = reported.get(host) ?? { begunMs, endedMs: begunMs, engineMs: 0 };
    reported.set(host, { ...known, endedMs: begunMs + tookMs, engineMs: known.engineMs + tookMs });
  }
  return [...reported.values()];
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...args], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (piece: Buffer) => (output += piece.toString()));
    child.once('error', reject);
    child.once('close', (exitCode) =>
      exitCode === 0 ? resolve(output) : reject(new Error(`${program} ended with ${exitCode}:\n${output.slice(-3000)}`)),
    );
  });
}
