/** One death at one kill point: who dies there, what happens to the host or disk at that moment, and when it lives again. */
import { seededRandom } from './kernel.ts';
import { begin, end, finish, type Outcome, type Play } from './play.ts';
import type { Point } from './points.ts';
import { worthKilling } from './points.ts';
import { unit } from './postgres.ts';
import { names, newRelease, type WorldOptions } from './world.ts';

export interface Death {
  readonly point: number;
  /** What dies: the program alone, its whole host (a reboot), its host with all that was not synced; or only what `also` says. */
  readonly how?: 'kill' | 'reboot' | 'power-loss' | 'nobody';
  /** How long it stays dead; else for seconds, by seed. */
  readonly downMs?: number;
  /** Stays dead. */
  readonly forGood?: boolean;
  /** What else happens at that moment. */
  readonly also?: (play: Play) => void;
}

const soonestMs = 50;
const latestMs = 4_000;

/** Indices of the points of a run that are worth one run each, with what they are. `before`: what happens in it anyway. */
export async function killPoints(
  options: WorldOptions,
  wanted: (point: Point) => boolean = () => true,
  before: readonly Death[] = [],
): Promise<readonly { readonly index: number; readonly point: Point }[]> {
  const play = await begin(options, (begun) => {
    for (const death of before) strike(begun, death);
  });
  const outcome = await finish(play);
  const broken = await end(play, outcome);
  if (broken.length > 0) throw new Error(`the run without a death breaks already: ${broken.join('; ')}`);
  const { passed } = play.world.points;
  return worthKilling(passed).flatMap((index) => {
    const point = passed[index];
    return point !== undefined && wanted(point) ? [{ index, point }] : [];
  });
}

export interface Ended {
  readonly play: Play;
  readonly outcome: Outcome;
  /** Every promise that was broken. */
  readonly broken: readonly string[];
}

/** Plays the same seed again, with deaths on the way. */
export async function playWithDeaths(options: WorldOptions, deaths: readonly Death[]): Promise<Ended> {
  const play = await begin(options, (begun) => {
    for (const death of deaths) strike(begun, death);
  });
  const outcome = await finish(play);
  return { play, outcome, broken: await end(play, outcome) };
}

export function strike(play: Play, death: Death): void {
  const { world } = play;
  world.points.killAt(death.point, ({ program }) => {
    const dead = world.controllers.find((each) => each.name === program) ?? world.agent(program);
    if (death.how !== 'nobody') dead.kill();
    death.also?.(play);
    const hostDies = death.how === 'reboot' || death.how === 'power-loss';
    if (hostDies && !world.isController(dead)) world.postgres.server(program).host.reboot();
    if (death.forGood === true) return;
    world.later(death.downMs ?? world.kernel.between(soonestMs, latestMs), async () => {
      if (dead.alive) return;
      await dead.bury(death.how === 'power-loss');
      await dead.start();
    });
  });
}

/** Points that a run passes in foul weather: more than this are never reached by all seeds. */
export const pointsOfARun = 3_000;

/** Two programs or hosts that die on the way, by seed. */
export function twoDeaths(seed: number): readonly Death[] {
  const random = seededRandom(seed * 7_919);
  const hows = ['kill', 'reboot', 'power-loss'] as const;
  return [0, 1].map(() => ({ point: Math.floor(random() * pointsOfARun), how: hows[Math.floor(random() * hows.length)] ?? 'kill' }));
}

/** From some moment on the new release does not start on one of the hosts, until somebody has mended that, and starts it if nobody else is about to. */
export function ailingRelease(seed: number): Death {
  const random = seededRandom(seed * 15_485_863);
  const name = names[Math.floor(random() * names.length)] ?? names[0];
  const mendedMs = 10_000 + random() * 40_000;
  return {
    point: Math.floor(random() * pointsOfARun),
    how: 'nobody',
    also: ({ world }) => {
      const { host } = world.postgres.server(name);
      host.fates.set(newRelease, 'exits-at-start');
      world.later(mendedMs, async () => {
        host.fates.set(newRelease, 'sound');
        if (!host.holds.has(unit)) host.startByHand(unit);
      });
    },
  };
}
