import { describe, expect, it } from 'vitest';
import { killPoints, strike } from './kill.ts';
import { begin, end, finish, type Play } from './play.ts';
import type { Point } from './points.ts';
import { unit } from './postgres.ts';
import { seedOr } from './seed.ts';
import { shareOf } from './share.ts';
import { newRelease, oldRelease, type WorldOptions } from './world.ts';

/** Longer than a downtime order may take, its rollback included. */
const longestDowntimeMs = 35 * 60_000;

/** Points of an agent's downtime orders, from the begin of the stop, once it is durable, to the receipt. */
async function downtimePoints(options: WorldOptions, agent: string) {
  let inDowntime = false;
  const isOf = ({ program, label }: Point): boolean => {
    if (program !== agent) return false;
    if (/^commit after .*part-begun stop forward/.test(label)) inDowntime = true;
    const isHere = inDowntime;
    if (/^commit after (.* )?ended of/.test(label)) inDowntime = false;
    return isHere;
  };
  return killPoints(options, isOf);
}

/** With its host at every other point; EVERY_POINT=1: at each of them both ways. */
const deathsOf = (at: number) =>
  process.env.EVERY_POINT === undefined ? [at % 2 === 0 ? ('kill' as const) : ('reboot' as const)] : (['kill', 'reboot'] as const);

/** The controller dies for good at this moment, and the agent with it, which comes back alone. */
async function leaveAlone(
  options: WorldOptions,
  point: number,
  how: 'kill' | 'reboot',
): Promise<{ readonly play: Play; readonly isBack: boolean }> {
  const play = await begin(options, (begun) => strike(begun, { point, how, also: ({ world }) => world.controller.kill() }));
  const { world } = play;
  await world.run(() => !world.controller.alive, longestDowntimeMs);
  const isBack = await world.run(
    () =>
      world.agents.every(({ alive, order }) => alive && order === null) &&
      world.postgres.servers.every((server) => world.postgres.inService(server)),
    longestDowntimeMs,
  );
  await world.close();
  return { play, isBack };
}

describe('a controller that is gone for good once a downtime began', () => {
  it.each([
    ['of a standby', 'pg-2', {}, newRelease],
    ['of the primary', 'pg-1', {}, newRelease],
    ['that is rolled back', 'pg-2', { fate: 'exits-at-start' as const }, oldRelease],
  ])('P20 the downtime %s ends without the controller, its agent killed at a share of its points', async (_, agent, more, release) => {
    const options = { seed: seedOr(21), ...more };
    const points = await downtimePoints(options, agent);
    expect(points.length).toBeGreaterThan(15);
    for (const [at, { index: point }] of shareOf(points, options.seed).entries()) {
      for (const how of deathsOf(at)) {
        const { play, isBack } = await leaveAlone(options, point, how);
        const where = `seed ${options.seed}, ${how} at point ${point}: ${play.world.points.passed[point]?.label}`;
        expect(isBack, where).toBe(true);
        expect(play.world.broken, where).toEqual([]);
        expect(play.world.postgres.server(agent).host.runs(unit), where).toBe(release);
      }
    }
  });

  it('P20 keeps the receipt for whoever comes: the run goes on to its end when a controller is there again an hour later', async () => {
    const options = { seed: seedOr(22) };
    const [{ index: point } = { index: 0 }] = await downtimePoints(options, 'pg-2');
    const play = await begin(options, (begun) => strike(begun, { point, also: ({ world }) => world.controller.kill() }));
    const { world } = play;
    await world.run(() => false, 3_600_000);
    await world.controller.bury(false);
    await world.controller.start();
    const outcome = await finish(play);
    expect(outcome.status.state).toBe('done');
    expect(await end(play, outcome)).toEqual([]);
  });
});
