/** A roll by an Ansible playbook on this machine's hosts, and what its tasks tell of the time that the engine took. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runMark } from '../../demo/supervisor/processes.ts';
import type { Rolled } from './rolls.ts';

const folder = fileURLToPath(new URL('ansible/', import.meta.url));

/** A release that is staged, and the one that it takes the place of. */
export interface PlaybookTarget {
  readonly version: string;
  readonly release: string;
  readonly previous: string;
}

interface PlaybookRun {
  /** In `ansible/`. */
  readonly playbook: string;
  /** Variables of each host, in the order of their turns. */
  readonly hosts: Readonly<Record<string, unknown>>;
  /** Of Ansible's programs. */
  readonly bin: string;
  readonly stash: string;
  /** What is started belongs to this fleet. */
  readonly runDir: string;
}

/** From the command to its end. Throws with what it printed last when it ends otherwise than well. */
export async function rollByAnsible({ playbook, hosts, bin, stash, runDir }: PlaybookRun): Promise<Rolled> {
  const inventory = join(stash, 'inventory.json');
  writeFileSync(inventory, JSON.stringify({ members: { hosts } }));
  const begunMs = performance.now();
  const output = await run(join(bin, 'ansible-playbook'), ['-i', inventory, '-v', join(folder, playbook)], stash, {
    PATH: process.env.PATH,
    HOME: stash,
    LC_ALL: 'C.UTF-8',
    ANSIBLE_INVENTORY_ENABLED: 'yaml',
    ANSIBLE_PYTHON_INTERPRETER: join(bin, 'python3'),
    [runMark]: runDir,
  });
  return { wallMs: performance.now() - begunMs, ...timesReported(output, Object.keys(hosts).length) };
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
