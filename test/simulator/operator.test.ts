import { describe, it } from 'vitest';
import { seededRandom } from './kernel.ts';
import { strike, twoDeaths } from './kill.ts';
import { foulWeather } from './network.ts';
import { meddle } from './operator.ts';
import { begin, end, finish } from './play.ts';
import { seeds } from './seed.ts';
import { Stories } from './story.ts';

const switchover = { primary: 'switchover', syncNames: 'ANY 2 (*)' } as const;
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
