/** A controller on a copy of its store that is older than what the fleet has obeyed since. */
import type { ControllerProcess } from './controller-process.ts';
import { killPoints } from './kill.ts';
import { begin, end, finish } from './play.ts';
import type { Played } from './suites.ts';
import type { WorldOptions } from './world.ts';

/** Every fourth append of the controller: where it is when the second one takes over. */
export async function takeovers(options: WorldOptions): Promise<readonly number[]> {
  const points = await killPoints(options, ({ program, label }) => program === 'controller' && label.startsWith('commit after'));
  return points.filter((_, at) => at % 4 === 0).map(({ index }) => index);
}

/** A copy from before the original began another life takes its place. It must find itself powerless (P5), and say so. */
export async function playRestored(seed: number): Promise<Played> {
  const options = { seed };
  const points = await takeovers(options);
  // Not at the very end, where nothing is left that it could command.
  const point = points[seed % (points.length - 3)] ?? 0;
  let restored: ControllerProcess | null = null;
  const play = await begin(options, (begun) => {
    const { world } = begun;
    world.points.killAt(point, () =>
      world.soon(async () => {
        const original = world.controller;
        const copy = world.copyOf(original, 'restored');
        // The original goes on in a later epoch, which the copy knows nothing of; then it is lost.
        original.kill();
        await original.bury(false);
        await original.start();
        world.later(3_000, async () => {
          original.kill();
          await copy.start();
          restored = copy;
        });
      }),
    );
  });
  const { world } = play;
  await world.run(() => restored !== null, 60_000);
  const stopsBefore = world.watch.stops.length;
  const outcome = await finish(play);
  const says = outcome.status.holds.some(({ kind, releasedBy }) => kind === 'store-behind-fleet' && releasedBy === 'person');
  const isRight = says && world.watch.stops.length === stopsBefore;
  return { ended: { play, outcome, broken: await end(play, outcome) }, deaths: [{ point, how: 'nobody' }], isRight };
}
