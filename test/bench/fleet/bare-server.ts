/** What admitting an agent costs a server that does nothing but welcome it: the same wire, the same messages, none of the product. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { sourceArgv } from '../../../demo/programs.ts';
import { testAuthority } from '../../identities.ts';
import { startSwarm } from './swarm.ts';

/** Milliseconds of CPU for each of so many agents. */
export async function bareAdmissionMs(agents: number, perSecond: number, limitMs: number): Promise<number> {
  const [program, ...args] = [...sourceArgv('test/bench/fleet/bare/main.ts'), (await testAuthority()).folder];
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => String((await lines.next()).value);
  try {
    const address = await line();
    const used = async (): Promise<number> => {
      child.stdin.write('\n');
      return Number(await line());
    };
    const before = await used();
    const swarm = await startSwarm(address, agents, perSecond);
    try {
      await swarm.untilAllConnected(limitMs);
      return ((await used()) - before) / agents;
    } finally {
      await swarm.stop();
    }
  } finally {
    const gone = once(child, 'exit');
    child.stdin.end();
    await gone;
  }
}
