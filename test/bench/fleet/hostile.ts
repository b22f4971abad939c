/** Runs beside attackers, and as many alone, in turns: one hostile agent, a thousand bad connections and eight clients that never read, all at once. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { getPriority, setPriority } from 'node:os';
import { fileURLToPath } from 'node:url';
import { testAuthority } from '../../identities.ts';
import { median } from '../figures.ts';
import type { LoopDelay } from './controller.ts';
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
  /** The longest block of its loop, alone and beside them, and what of it was computed. */
  readonly loopMs: readonly [number, number];
  readonly computedMs: readonly [number, number];
  /** What the attackers did in one second, and answers that they did not read in all. */
  readonly messages: number;
  readonly unread: number;
}

/** One after the other, alone and then beside them. */
const runsInTurn = 4;

/** They have machines of their own, and take no processor from the controller. */
const below = 3;

export async function measureHostile(rounds: number, say: (line: string) => void): Promise<HostileFigures> {
  return withActingFleet(2 * rounds * runsInTurn, say, async ({ controller, carriedOut, plans }) => {
    const waiting = [...plans];
    const inTurn = async (): Promise<{ readonly runs: readonly CarriedOut[]; readonly loop: LoopDelay }> => {
      await controller.loopDelay();
      const runs: CarriedOut[] = [];
      for (const plan of waiting.splice(0, runsInTurn)) runs.push(await carriedOut([plan]));
      return { runs, loop: await controller.loopDelay() };
    };
    const alone: CarriedOut[] = [];
    const beside: CarriedOut[] = [];
    const loops: LoopDelay[][] = [[], []];
    const done: HostileNews = { messages: 0, unread: 0, ms: 0 };
    for (let round = 0; round < rounds; round++) {
      const quiet = await inTurn();
      const attack = await attackOn(controller.address);
      const loud = await inTurn();
      const news = await attack.end();
      alone.push(...quiet.runs);
      beside.push(...loud.runs);
      loops[0]?.push(quiet.loop);
      loops[1]?.push(loud.loop);
      for (const what of Object.keys(done) as (keyof HostileNews)[]) Object.assign(done, { [what]: done[what] + news[what] });
      const shown = (runs: readonly CarriedOut[]) => runs.map(({ ms }) => (ms / 1000).toFixed(2)).join(', ');
      say(`alone ${shown(quiet.runs)} s; beside them ${shown(loud.runs)} s`);
    }
    const ended: Record<string, number> = {};
    for (const each of [...alone, ...beside])
      for (const [state, count] of Object.entries(each.ended)) ended[state] = (ended[state] ?? 0) + count;
    const seconds = done.ms / 1000;
    const ownCpuMs = median(alone.map(({ cpuMs }) => cpuMs));
    return {
      ...{ aloneMs: median(alone.map(({ ms }) => ms)), besideMs: median(beside.map(({ ms }) => ms)), ended },
      attackCpu: median(beside.map(({ ms, cpuMs }) => (100 * Math.max(0, cpuMs - ownCpuMs)) / ms)),
      loopMs: [most(loops[0], 'maxMs'), most(loops[1], 'maxMs')],
      computedMs: [most(loops[0], 'computedMs'), most(loops[1], 'computedMs')],
      messages: done.messages / seconds,
      unread: done.unread / rounds,
    };
  });
}

const most = (loops: readonly LoopDelay[] = [], field: 'maxMs' | 'computedMs'): number => Math.max(...loops.map((loop) => loop[field]));

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
