/** One scenario, killed at each of its points, one run each. POINT=n plays that one alone, EVERY_POINT=1 those that a share leaves out. */
import type { RunEnd } from '../../common/events.ts';
import type { HoldKind } from '../../common/holds.ts';
import { type Death, type Ended, type Game, playGame, pointsIn, type Worth } from './game.ts';
import { upgrade } from './kill.ts';
import { nameOf, type Point } from './points.ts';
import { shareOf } from './share.ts';
import type { SimOptions, SimWorld } from './sim-world.ts';
import { Stories } from './stories.ts';
import type { World, WorldOptions } from './world.ts';

export interface EveryPoint<O extends SimOptions = WorldOptions, W extends SimWorld = World> {
  readonly options: O;
  readonly wanted?: (point: Point) => boolean;
  readonly death?: Omit<Death<W>, 'point'>;
  /** How the run must end, without a person's help (P18). */
  readonly ends: readonly RunEnd[];
  /** The run in which only `before` happens, where it was played already. */
  readonly clean?: Ended<W>;
  /** What happens in every one of these runs; points before it are left out. */
  readonly before?: readonly Death<W>[];
  /** Only what comes after the first such point, where `before` takes its time to get about; left out: all after `before`. */
  readonly since?: (point: Point) => boolean;
  /** Plays a point of one kind in so many; left out: of each kind. `npm run test:every-point` plays all points. */
  readonly share?: number;
  /** Holds that may be left to a person, too: what may be done only once and was interrupted. */
  readonly asks?: readonly HoldKind[];
}

/** Returns how many points there are. Throws with the stories of those that went wrong. */
export const killAtEveryPoint = (scenario: EveryPoint): Promise<number> => killEverywhere(upgrade, scenario);

/** The same of any game. */
export async function killEverywhere<O extends SimOptions, W extends SimWorld>(
  game: Game<O, W>,
  scenario: EveryPoint<O, W>,
): Promise<number> {
  const { options, wanted = () => true, death, before = [], ends, asks = [], share } = scenario;
  const clean = scenario.clean ?? (await playGame(game, options, before));
  const begun = scenario.since === undefined ? [] : pointsIn(clean, scenario.since).slice(0, 1);
  const from = Math.max(-1, ...before.map(({ point }) => point), ...begun.map(({ index }) => index));
  const points = pointsIn(clean, wanted).filter(({ index }) => index > from);
  const stories = new Stories();
  const alone = process.env.POINT;
  const shared = alone === undefined ? shareOf(points, options.seed, share) : points.filter(({ index }) => index === Number(alone));
  const isOver = new Set<number>();
  if (process.env.EVERY_POINT !== undefined && alone === undefined && death?.how !== 'nobody')
    for (const batch of batchesOf(clean, shared)) {
      const deaths = [...before, ...batch.map(({ index, point }) => ({ ...death, point: index, named: nameOf(point) }))];
      const ended = await playGame(game, options, deaths);
      if (ended.broken.length > 0) stories.add({ ended, deaths, isRight: false });
      // What asks for a person in such a run is asked of each point alone.
      else if (ends.some((each) => each === ended.outcome.status.state))
        for (const { index, point } of batch) if (ended.play.world.points.struck.has(nameOf(point))) isOver.add(index);
    }
  for (const { index } of shared) {
    if (isOver.has(index)) continue;
    const deaths = [...before, { ...death, point: index }];
    const ended = await playGame(game, options, deaths);
    const { state, holds } = ended.outcome.status;
    const isLeft = state === 'active' && holds.length > 0 && holds.every(({ kind }) => asks.includes(kind));
    stories.add({ ended, deaths, isRight: isLeft || ends.some((each) => state === each) });
  }
  stories.tell();
  return points.length;
}

const deathsOfARun = 6;

/** Points that a run passes once, far from each other: one run strikes at several, each program alive again long before the next. */
function batchesOf<W extends SimWorld>({ play }: Ended<W>, points: readonly Worth[]): readonly (readonly Worth[])[] {
  const times = new Map<string, number>();
  for (const point of play.world.points.passed) times.set(nameOf(point), (times.get(nameOf(point)) ?? 0) + 1);
  const once = points.filter(({ point }) => times.get(nameOf(point)) === 1);
  const count = Math.ceil(once.length / deathsOfARun);
  return Array.from({ length: count }, (_, at) => once.filter((_, place) => place % count === at));
}
