/** Fake agents in a few child processes, as their parent sees them. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { waitFor } from '../../../demo/wait.ts';
import { testAuthority } from '../../identities.ts';
import type { SwarmNews } from './swarm/main.ts';

/** One process takes so many before its own loop would be what is measured. */
const agentsPerProcess = 2_500;
/** So much below the controller: agents have machines of their own, and here they would take it the processors. */
const below = 3;

/** How all agents came to be connected. */
export interface Connecting {
  /** Until the last one was welcomed. */
  readonly ms: number;
  /** How long each was connected meanwhile, all together: they beat and tell facts while others are still on their way. */
  readonly agentMs: number;
}

export interface Swarm {
  readonly agents: number;
  connected(): number;
  /** Streams that were lost since the start. */
  losses(): number;
  untilAllConnected(limitMs: number): Promise<Connecting>;
  stop(): Promise<void>;
}

/**
 * Resolves when every agent has its certificate and begins to connect.
 * @param perSecond streams that are opened anew in one second, at the start alone
 */
export async function startSwarm(address: string, agents: number, perSecond: number): Promise<Swarm> {
  const { folder } = await testAuthority();
  const starts = Array.from({ length: Math.ceil(agents / agentsPerProcess) }, (_, index) => index * agentsPerProcess);
  const members = starts.map((first) => {
    const count = Math.min(agentsPerProcess, agents - first);
    const argv = [address, folder, first, count, Math.max(1, Math.round(perSecond / starts.length))].map(String);
    const child = fork(fileURLToPath(new URL('./swarm/main.ts', import.meta.url)), argv, {
      execArgv: ['--import', import.meta.resolve('tsx')],
    });
    if (child.pid !== undefined) setPriority(child.pid, Math.min(19, getPriority() + below));
    const member: { child: ChildProcess; news: SwarmNews } = { child, news: { connected: 0, losses: 0 } };
    child.on('message', (news: SwarmNews) => {
      member.news = news;
    });
    return member;
  });
  await Promise.all(members.map(({ child }) => once(child, 'message')));
  for (const { child } of members) child.send('begin');
  const sum = (of: (news: SwarmNews) => number) => members.reduce((total, { news }) => total + of(news), 0);
  const swarm: Swarm = {
    agents,
    connected: () => sum(({ connected }) => connected),
    losses: () => sum(({ losses }) => losses),
    async untilAllConnected(limitMs) {
      const begunMs = performance.now();
      let [checkedMs, agentMs] = [begunMs, 0];
      await waitFor('all agents', limitMs, new AbortController().signal, async () => {
        const nowMs = performance.now();
        agentMs += swarm.connected() * (nowMs - checkedMs);
        checkedMs = nowMs;
        return swarm.connected() === agents ? { seen: true } : { notYet: `${swarm.connected()} of ${agents} are connected` };
      });
      return { ms: performance.now() - begunMs, agentMs };
    },
    async stop() {
      await Promise.all(
        members.map(async ({ child }) => {
          if (child.exitCode !== null) return;
          const gone = once(child, 'exit');
          child.kill();
          await gone;
        }),
      );
    },
  };
  return swarm;
}
