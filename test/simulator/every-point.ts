/** One scenario, killed at each of its points, one run each. POINT=n plays that one alone. */
import type { RunEnd } from '../../common/events.ts';
import { type Death, killPoints, playWithDeaths } from './kill.ts';
import type { Point } from './points.ts';
import { Stories } from './story.ts';
import type { WorldOptions } from './world.ts';

export interface EveryPoint {
  readonly options: WorldOptions;
  readonly wanted?: (point: Point) => boolean;
  readonly death?: Omit<Death, 'point'>;
  /** How the run must end, with nobody's help (P18). */
  readonly ends: readonly RunEnd[];
}

/** Returns how many points there are. Throws with the stories of those that went wrong. */
export async function killAtEveryPoint({ options, wanted, death, ends }: EveryPoint): Promise<number> {
  const points = await killPoints(options, wanted);
  const stories = new Stories();
  const alone = process.env.POINT;
  for (const { index } of points) {
    if (alone !== undefined && index !== Number(alone)) continue;
    const deaths = [{ ...death, point: index }];
    const ended = await playWithDeaths(options, deaths);
    stories.add(
      ended,
      deaths,
      ends.some((state) => state === ended.outcome.status.state),
    );
  }
  stories.tell();
  return points.length;
}
