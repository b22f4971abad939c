/** Which starts of nodetool an agent makes, and what they cost: seen in the table of processes, ten times a second. */
import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { cpuMs } from '../cpu.ts';

export interface ToolStart {
  readonly host: string;
  /** `status`, `drain`. */
  readonly verb: string;
  /** Wall clock, when it was first seen. */
  readonly atMs: number;
  /** When it was last seen; what it took after that is not in it. */
  readonly cpuMs: number;
}

const everyMs = 100;

/** Until the work is over. A start of Java takes far longer than lies between two probes. */
export async function toolStartsDuring(agents: ReadonlyMap<string, number>, work: Promise<unknown>): Promise<readonly ToolStart[]> {
  const seen = new Map<number, ToolStart>();
  let over = false;
  const end = () => {
    over = true;
  };
  work.then(end, end);
  while (!over) {
    for (const [host, agent] of agents)
      for (const pid of childrenOf(agent)) {
        const verb = verbOf(pid);
        if (verb !== null) seen.set(pid, { host, verb, atMs: seen.get(pid)?.atMs ?? Date.now(), cpuMs: cpuMs([pid]) });
      }
    await pause(everyMs);
  }
  await work;
  return [...seen.values()];
}

function childrenOf(pid: number): readonly number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`)
    .split(' ')
    .filter((each) => each !== '')
    .map(Number);
}

/** What nodetool is asked for; null: it is another program, or gone. */
function verbOf(pid: number): string | null {
  const words = textOf(`/proc/${pid}/cmdline`).split('\0');
  const at = words.findIndex((word) => word.endsWith('tools.NodeTool'));
  const [, verb] = at < 0 ? [] : (/^(?:-\S+ \S+ )*(\S+)/.exec(words.slice(at + 1).join(' ')) ?? []);
  return verb ?? null;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
