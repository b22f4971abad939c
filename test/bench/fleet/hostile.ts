/** Runs beside whoever means ill, and as many alone, in turns: one hostile agent, a thousand bad connections and clients that never read, all at once. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { testAuthority } from '../../identities.ts';
import { median } from '../figures.ts';
import { type CarriedOut, withActingFleet } from './runs.ts';
import type { HostileNews } from './swarm/hostile.ts';

export interface HostileFigures {
  /** Medians of a whole run. */
  readonly aloneMs: number;
  readonly besideMs: number;
  /** All runs. */
  readonly ended: Readonly<Record<string, number>>;
  /** Of the controller, while a run goes on beside them: percent of a core that is not the run's. */
  readonly attackCpu: number;
  /** The longest block of its loop, alone and beside them. */
  readonly loopMs: readonly [number, number];
  /** What the attackers did in one second. */
  readonly perSecond: HostileNews;
}

/** They have machines of their own, and take no processor from the controller. */
const below = 10;

export async function measureHostile(rounds: number, say: (line: string) => void): Promise<HostileFigures> {
  return withActingFleet(2 * rounds, say, async ({ controller, carriedOut, plans }) => {
    const alone: CarriedOut[] = [];
    const beside: CarriedOut[] = [];
    let [aloneLoopMs, besideLoopMs] = [0, 0];
    const done: HostileNews = { connections: 0, messages: 0, unread: 0 };
    for (let round = 0; round < rounds; round++) {
      await controller.loopDelay();
      alone.push(await carriedOut(plans.slice(2 * round, 2 * round + 1)));
      aloneLoopMs = Math.max(aloneLoopMs, (await controller.loopDelay()).maxMs);
      const attack = await attackOn(controller.address);
      beside.push(await carriedOut(plans.slice(2 * round + 1, 2 * round + 2)));
      besideLoopMs = Math.max(besideLoopMs, (await controller.loopDelay()).maxMs);
      const news = await attack.end();
      for (const what of Object.keys(done) as (keyof HostileNews)[]) Object.assign(done, { [what]: done[what] + news[what] });
      say(`alone ${((alone.at(-1)?.ms ?? 0) / 1000).toFixed(2)} s, beside them ${((beside.at(-1)?.ms ?? 0) / 1000).toFixed(2)} s`);
    }
    const ended: Record<string, number> = {};
    for (const each of [...alone, ...beside])
      for (const [state, count] of Object.entries(each.ended)) ended[state] = (ended[state] ?? 0) + count;
    const seconds = beside.reduce((sum, { ms }) => sum + ms, 0) / 1000;
    const ownCpuMs = median(alone.map(({ cpuMs }) => cpuMs));
    return {
      ...{ aloneMs: median(alone.map(({ ms }) => ms)), besideMs: median(beside.map(({ ms }) => ms)), ended },
      attackCpu: median(beside.map(({ ms, cpuMs }) => (100 * Math.max(0, cpuMs - ownCpuMs)) / ms)),
      loopMs: [aloneLoopMs, besideLoopMs],
      perSecond: { connections: done.connections / seconds, messages: done.messages / seconds, unread: done.unread / rounds },
    };
  });
}

/** Resolves when it is under way. */
async function attackOn(address: string): Promise<{ end(): Promise<HostileNews> }> {
  const { folder } = await testAuthority();
  const child = fork(fileURLToPath(new URL('./swarm/hostile.ts', import.meta.url)), [address, folder], {
    execArgv: ['--import', import.meta.resolve('tsx')],
  });
  if (child.pid !== undefined) setPriority(child.pid, Math.min(19, getPriority() + below));
  await once(child, 'message');
  return {
    async end() {
      child.send('end');
      const [news] = (await once(child, 'message')) as [HostileNews];
      const gone = once(child, 'exit');
      child.kill();
      await gone;
      return news;
    },
  };
}
