import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seededRandom } from './kernel.ts';
import { strike, twoDeaths } from './kill.ts';
import { foulWeather } from './network.ts';
import { meddle, say } from './operator.ts';
import { begin, end, finish } from './play.ts';
import { seedOr, seeds } from './seed.ts';
import { Stories } from './story.ts';

const syncNames = 'ANY 2 (*)';
const switchover = { primary: 'switchover', syncNames } as const;
const words = 6;

describe('a person who pauses, resumes, aborts, rolls back, retries and resolves at any moment', () => {
  it('P11 P17 P19 P20 gets an end, or a reason for every stand: one primary at any time, and nothing left changed', async () => {
    const stories = new Stories();
    for (const seed of seeds(500, 30)) {
      const play = await begin({ ...switchover, seed }, (begun) => meddle(begun, seededRandom(seed * 31), words));
      const outcome = await finish(play);
      stories.add({ play, outcome, broken: await end(play, outcome) }, [], outcome.status.state !== 'stuck');
    }
    stories.tell();
  });

  it('P11 P17 P19 P20 the same in foul weather, with two programs dying', async () => {
    const stories = new Stories();
    for (const seed of seeds(600, 20)) {
      const deaths = twoDeaths(seed);
      const play = await begin({ ...switchover, seed, weather: foulWeather, losesPower: true }, (begun) => {
        meddle(begun, seededRandom(seed * 31), words);
        for (const death of deaths) strike(begun, death);
      });
      const outcome = await finish(play);
      stories.add({ play, outcome, broken: await end(play, outcome) }, deaths, outcome.status.state !== 'stuck');
    }
    stories.tell();
  });
});

describe.each(['restart', 'switchover'] as const)('a word to go back, said at every commit of the controller, primary by %s', (primary) => {
  it('P11 P17 P19 is obeyed: nobody waits for ever for a turn that was broken off', async () => {
    const played = await killAtEveryPoint({
      options: { seed: seedOr(17), primary, syncNames },
      wanted: ({ program, label }) => program === 'controller' && label.startsWith('commit') && !/verify|chores|run-ended/.test(label),
      death: { how: 'nobody', also: (play) => say(play, ['rollback']) },
      ends: ['rolled-back'],
      share: 2,
    });
    expect(played).toBeGreaterThan(40);
  });
});
