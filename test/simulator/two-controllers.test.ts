import { describe, expect, it } from 'vitest';
import { readEvents } from '../../controller/store/run-appends.ts';
import type { ControllerProcess } from './controller-process.ts';
import { begin, end, finish, type Play } from './play.ts';
import { takeovers } from './restored.ts';
import { seedOr, seeds } from './seed.ts';
import { playShare } from './share.ts';
import { names } from './world.ts';

const linksMoveEveryMs = 7_000;
const bothAliveMs = 60_000;

/** Links break now and then, and each time an agent finds one of the living controllers, by seed. */
function moveLinks({ world }: Play): void {
  world.route = () => {
    const alive = world.controllers.filter((each) => each.alive);
    return alive[world.kernel.between(0, alive.length - 1)] ?? null;
  };
  world.kernel.clock.after(linksMoveEveryMs, () => {
    if (world.controllers.filter((each) => each.alive).length < 2) return;
    for (const name of names) if (world.kernel.chance(0.5)) world.cutLink(name);
    moveLinks({ world } as Play);
  });
}

/** It has heard from an agent that somebody else is obeyed. */
async function heldBehindFleet({ store }: ControllerProcess, runId: string): Promise<boolean> {
  const events = await readEvents(store, runId);
  return events.some(({ body }) => body.type === 'hold-raised' && body.hold.kind === 'store-behind-fleet');
}

describe('two controllers that both live', () => {
  it('P1 P3 P5 the superseded one commands nobody who has heard of the new one, which ends the run or says what was done behind its back', async () => {
    const options = { seed: seedOr(41) };
    let powerless = 0;
    let done = 0;
    for (const point of await takeovers(options)) {
      let old: ControllerProcess | null = null;
      const play = await begin(options, (begun) => {
        const { world } = begun;
        world.points.killAt(point, () =>
          world.soon(async () => {
            old = world.controller;
            const successor = world.copyOf(old, 'successor');
            await successor.start();
            moveLinks(begun);
            for (const name of names) world.cutLink(name);
            world.later(bothAliveMs, async () => old?.kill());
          }),
        );
      });
      const { world } = play;
      await world.run(() => old !== null && !old.alive, 10 * bothAliveMs);
      const outcome = await finish(play);
      const where = `seed ${options.seed}, taken over at point ${point}: ${outcome.status.holds.map((hold) => hold.detail).join('; ')}`;
      if (old !== null && (await heldBehindFleet(old, play.runId))) powerless += 1;
      expect(await end(play, outcome), where).toEqual([]);
      if (outcome.status.state === 'done') done += 1;
      // What the old one still did with agents that had not heard of the new one is not in the new one's store: it holds, and says so.
      else
        expect(
          outcome.status.holds.map(({ kind }) => kind),
          where,
        ).toContain('store-behind-fleet');
    }
    expect(powerless).toBeGreaterThan(0);
    expect(done).toBeGreaterThan(0);
  });
});

describe('a restored copy of the store', () => {
  it('P5 finds itself powerless: the fleet refuses it, and its run holds store-behind-fleet', () =>
    playShare('restored-store', seeds(51, 3, 6)));
});
