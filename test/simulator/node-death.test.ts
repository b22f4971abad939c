import { describe, expect, it } from 'vitest';
import type { HoldKind } from '../../common/holds.ts';
import { seededRandom } from './kernel.ts';
import { type Death, killPoints, playWithDeaths, twoDeaths } from './kill.ts';
import { foulWeather } from './network.ts';
import type { Play } from './play.ts';
import type { Point } from './points.ts';
import { seedOr, seeds } from './seed.ts';
import { Stories } from './story.ts';
import { names, type WorldOptions } from './world.ts';

/** Until somebody has started the dead database again: far longer than anybody may be unaware of it. */
const backAfterMs = 45_000;

/** The database of a node dies that is not the one in its turn: a node that dies there fails its proof, and a person is asked. */
function crashAnother(offset: number): (play: Play) => void {
  return ({ world }) => {
    const inTurn = newestTurn(world.points.passed);
    const others = names.filter((name) => name !== inTurn && world.agent(name).order === null);
    const victim = others[offset % others.length];
    if (victim !== undefined) world.crash(victim, backAfterMs);
  };
}

/** Node of the outage that was ordered last. */
function newestTurn(passed: readonly Point[]): string | undefined {
  const ordered = passed.findLast(({ label }) => /order-dispatched \S+\.outage/.test(label));
  return names.find((name) => ordered?.label.includes(`.${name}.`));
}

/** At each append of the controller one of the other nodes dies, with EVERY_POINT=1 each of them, and with `controllerDies` the controller, too. */
async function crashAtEveryAppend(options: WorldOptions, controllerDies: boolean): Promise<Stories> {
  const stories = new Stories();
  const points = await killPoints(
    options,
    ({ program, label }) => program === 'controller' && label.startsWith('commit after') && !label.includes('run-ended'),
  );
  for (const [at, { index }] of points.entries())
    for (const offset of process.env.EVERY_POINT === undefined ? [at % 2] : [0, 1]) {
      // Long enough that what happened meanwhile can be known when it comes back.
      const death: Death = { point: index, also: crashAnother(offset), ...(controllerDies ? { downMs: 20_000 } : { how: 'nobody' }) };
      const ended = await playWithDeaths(options, [death]);
      stories.add(ended, [death], ended.outcome.status.state === 'done');
    }
  return stories;
}

/** Holds that a person has to release after a database died in its own turn (P18 leaves these to them). */
const fairToAsk: readonly HoldKind[] = ['order-failed', 'gate-failed', 'node-down'];

function anyCrash(seed: number): Death {
  const random = seededRandom(seed * 104_729);
  const victim = names[Math.floor(random() * names.length)] ?? 'pg-1';
  const awayMs = random() * 2 * backAfterMs;
  return { point: Math.floor(random() * 3_000), how: 'nobody', also: ({ world }) => world.crash(victim, awayMs) };
}

describe('a database of another node dies for reasons of its own', () => {
  it('P1 P17 P18 nobody else is taken out before it is back, then the run goes on', async () => {
    const stories = await crashAtEveryAppend({ seed: seedOr(31) }, false);
    stories.tell();
    expect(stories.played).toBeGreaterThan(30);
  });

  it('P1 P17 P18 even when the controller dies at that moment and knows nothing of it when it comes back', async () => {
    const stories = await crashAtEveryAppend({ seed: seedOr(32) }, true);
    stories.tell();
    expect(stories.played).toBeGreaterThan(30);
  });

  it('P1 even when an agent was away between the begin of its order and its stop, and knows of nobody else', async () => {
    const options = { seed: seedOr(33) };
    let isBeforeStop = false;
    const points = await killPoints(options, ({ program, label }) => {
      if (program !== 'pg-3') return false;
      if (/^commit after accepted of .*outage/.test(label)) isBeforeStop = true;
      if (/^commit after .*part-begun stop/.test(label)) isBeforeStop = false;
      return isBeforeStop;
    });
    expect(points.length).toBeGreaterThan(10);
    const stories = new Stories();
    for (const { index } of points) {
      const death: Death = { point: index, downMs: 20_000, also: ({ world }) => world.crash('pg-2', backAfterMs) };
      const ended = await playWithDeaths(options, [death]);
      stories.add(ended, [death], ended.outcome.status.state === 'done');
    }
    stories.tell();
  });

  it('P1 to P17 hold whichever database dies when, with the weather foul and two programs dying', async () => {
    const stories = new Stories();
    for (const seed of seeds(300, 60)) {
      const deaths = [...twoDeaths(seed), anyCrash(seed)];
      const ended = await playWithDeaths({ seed, weather: foulWeather, losesPower: true }, deaths);
      const { state, holds } = ended.outcome.status;
      // A node that dies in its own turn fails its outage or its proof: the canary goes back by itself, any other asks a person.
      const asksPerson = holds.some(({ kind, releasedBy }) => releasedBy === 'person' && fairToAsk.includes(kind));
      stories.add(ended, deaths, state === 'done' || state === 'rolled-back' || asksPerson);
    }
    stories.tell();
  });
});
