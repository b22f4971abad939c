/** One death at one kill point: who dies there, what happens to the host or disk at that moment, and when it lives again. */
import type { Outcome, Play } from './play.ts';
import type { Point } from './points.ts';
import { worthKilling } from './points.ts';
import type { SimOptions, SimWorld } from './sim-world.ts';

export interface Death<W extends SimWorld = SimWorld> {
  readonly point: number;
  /** What dies: the program alone, its whole host (a reboot), its host with all that was not synced; or only what `also` says. */
  readonly how?: 'kill' | 'reboot' | 'power-loss' | 'nobody';
  /** How long it stays dead; else for seconds, by seed. */
  readonly downMs?: number;
  /** Stays dead. */
  readonly forGood?: boolean;
  /** What else happens at that moment. */
  also?(play: Play<W>): void;
}

const soonestMs = 50;
const latestMs = 4_000;

/** How a fleet is played, whatever its engine. */
export interface Game<O extends SimOptions, W extends SimWorld> {
  /** Up to the moment at which the run begins; kill points count from there. */
  begin(options: O, arrange?: (play: Play<W>) => void): Promise<Play<W>>;
  /** Lets the run go to its end, or until only a person can release it. */
  finish(play: Play<W>): Promise<Outcome>;
  /** Ends the world and returns every promise that was broken in it. */
  end(play: Play<W>, outcome: Outcome): Promise<readonly string[]>;
}

export interface Ended<W extends SimWorld = SimWorld> {
  readonly play: Play<W>;
  readonly outcome: Outcome;
  /** Every promise that was broken. */
  readonly broken: readonly string[];
}

/** Plays the same seed again, with deaths on the way. */
export async function playGame<O extends SimOptions, W extends SimWorld>(
  game: Game<O, W>,
  options: O,
  deaths: readonly Death<W>[],
): Promise<Ended<W>> {
  const play = await game.begin(options, (begun) => {
    for (const death of deaths) strike(begun, death);
  });
  const outcome = await game.finish(play);
  return { play, outcome, broken: await game.end(play, outcome) };
}

/** Indices of the points of a run that are worth one run each, with what they are. `before`: what happens in it anyway. */
export async function pointsOf<O extends SimOptions, W extends SimWorld>(
  game: Game<O, W>,
  options: O,
  wanted: (point: Point) => boolean = () => true,
  before: readonly Death<W>[] = [],
): Promise<readonly { readonly index: number; readonly point: Point }[]> {
  const { play, broken } = await playGame(game, options, before);
  if (broken.length > 0) throw new Error(`the run without a death breaks already: ${broken.join('; ')}`);
  const { passed } = play.world.points;
  return worthKilling(passed).flatMap((index) => {
    const point = passed[index];
    return point !== undefined && wanted(point) ? [{ index, point }] : [];
  });
}

export function strike<W extends SimWorld>(play: Play<W>, death: Death<W>): void {
  const { world } = play;
  world.points.killAt(death.point, ({ program }) => {
    const dead = world.controllers.find((each) => each.name === program) ?? world.agent(program);
    if (death.how !== 'nobody') dead.kill();
    death.also?.(play);
    const hostDies = death.how === 'reboot' || death.how === 'power-loss';
    if (hostDies && !world.isController(dead)) world.host(program).reboot();
    if (death.forGood === true) return;
    world.later(death.downMs ?? world.kernel.between(soonestMs, latestMs), async () => {
      if (dead.alive) return;
      await dead.bury(death.how === 'power-loss');
      await dead.start();
    });
  });
}
