/** Deaths of the upgrade of three servers: at which of its points, and by seed. */
import { type Death as DeathOf, type Ended as EndedOf, type Game, playGame, pointsOf } from './game.ts';
import { seededRandom } from './kernel.ts';
import { begin, end, finish } from './play.ts';
import type { Point } from './points.ts';
import { unit } from './postgres.ts';
import { names, newRelease, type World, type WorldOptions } from './world.ts';

export { strike } from './game.ts';
export type Death = DeathOf<World>;
export type Ended = EndedOf<World>;

export const upgrade: Game<WorldOptions, World> = { begin, finish, end };

export const killPoints = (options: WorldOptions, wanted?: (point: Point) => boolean, before?: readonly Death[]) =>
  pointsOf(upgrade, options, wanted, before);

export const playWithDeaths = (options: WorldOptions, deaths: readonly Death[]): Promise<Ended> => playGame(upgrade, options, deaths);

/** Points that a run passes in foul weather: more than this are never reached by all seeds. */
export const pointsOfARun = 3_000;

/** Two programs or hosts that die on the way, by seed. */
export function twoDeaths(seed: number): readonly Death[] {
  const random = seededRandom(seed * 7_919);
  const hows = ['kill', 'reboot', 'power-loss'] as const;
  return [0, 1].map(() => ({ point: Math.floor(random() * pointsOfARun), how: hows[Math.floor(random() * hows.length)] ?? 'kill' }));
}

/** From some moment on the new release does not start on one of the hosts, until a person has mended that, who starts it if no agent is about to. */
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
