import { describe, expect, it } from 'vitest';
import { type Death, killPoints, playWithDeaths } from './kill.ts';
import type { Play } from './play.ts';
import type { Point } from './points.ts';
import { seedOr, seeds } from './seed.ts';
import { playShare, shareOf } from './share.ts';
import { Stories } from './stories.ts';
import { backAfterMs } from './suites.ts';
import { names, type WorldOptions } from './world.ts';

/** The database of a node dies that is not the one in its turn: a node that dies there fails its proof, and a person is asked. */
function crashAnother(offset: number): (play: Play) => void {
  return ({ world }) => {
    const inTurn = newestTurn(world.points.passed);
    const others = names.filter((name) => name !== inTurn && world.agent(name).order === null);
    const victim = others[offset % others.length];
    if (victim !== undefined) world.crash(victim, backAfterMs);
  };
}

/** Node of the downtime that was ordered last. */
function newestTurn(passed: readonly Point[]): string | undefined {
  const ordered = passed.findLast(({ label }) => /order-dispatched \S+\.downtime/.test(label));
  return names.find((name) => ordered?.label.includes(`.${name}.`));
}

/** At a share of the controller's appends one of the other nodes dies, with EVERY_POINT=1 each of them, and with `controllerDies` the controller, too. */
async function crashAtAppends(options: WorldOptions, controllerDies: boolean): Promise<number> {
  const stories = new Stories();
  const points = await killPoints(
    options,
    ({ program, label }) => program === 'controller' && label.startsWith('commit after') && !label.includes('run-ended'),
  );
  for (const [at, { index }] of shareOf(points, options.seed, 2).entries())
    for (const offset of process.env.EVERY_POINT === undefined ? [at % 2] : [0, 1]) {
      // Long enough that what happened meanwhile can be known when it comes back.
      const death: Death = { point: index, also: crashAnother(offset), ...(controllerDies ? { downMs: 20_000 } : { how: 'nobody' }) };
      const ended = await playWithDeaths(options, [death]);
      stories.add({ ended, deaths: [death], isRight: ended.outcome.status.state === 'done' });
    }
  stories.tell();
  return points.length;
}

describe('a database of another node dies for reasons of its own', () => {
  it('P1 P17 P18 nobody else is taken out before it is back, then the run goes on', async () => {
    expect(await crashAtAppends({ seed: seedOr(31) }, false)).toBeGreaterThan(30);
  });

  it('P1 P17 P18 even when the controller dies at that moment and knows nothing of it when it comes back', async () => {
    expect(await crashAtAppends({ seed: seedOr(32) }, true)).toBeGreaterThan(30);
  });

  it('P1 even when an agent was away between the begin of its order and its stop, and knows of nobody else', async () => {
    const options = { seed: seedOr(33) };
    let isBeforeStop = false;
    const points = await killPoints(options, ({ program, label }) => {
      if (program !== 'pg-3') return false;
      if (/^commit after accepted of .*downtime/.test(label)) isBeforeStop = true;
      if (/^commit after .*part-begun stop/.test(label)) isBeforeStop = false;
      return isBeforeStop;
    });
    expect(points.length).toBeGreaterThan(10);
    const stories = new Stories();
    for (const { index } of shareOf(points, options.seed, 2)) {
      const death: Death = { point: index, downMs: 20_000, also: ({ world }) => world.crash('pg-2', backAfterMs) };
      const ended = await playWithDeaths(options, [death]);
      stories.add({ ended, deaths: [death], isRight: ended.outcome.status.state === 'done' });
    }
    stories.tell();
  });

  it('P1 to P17 hold whichever database dies when, with the weather foul and two programs dying', () =>
    playShare('crash', seeds(300, 3, 60)));
});
