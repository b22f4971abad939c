import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seededRandom } from './kernel.ts';
import { ailingRelease, strike, twoDeaths } from './kill.ts';
import { foulWeather } from './network.ts';
import { interjections, meddle, say, tend } from './operator.ts';
import { begin, end, finish } from './play.ts';
import { seedOr, seeds } from './seed.ts';
import { Stories } from './story.ts';

const syncNames = 'ANY 2 (*)';
const words = 6;

describe('a person who pauses, resumes, aborts, rolls back, retries and resolves at any moment', () => {
  it('P11 P17 P19 P20 gets an end, or a reason for every stand: one primary at any time, and nothing left changed', async () => {
    const stories = new Stories();
    for (const seed of seeds(500, 30)) {
      const play = await begin({ primary: 'switchover', syncNames, seed }, (begun) => meddle(begun, seededRandom(seed * 31), words));
      const outcome = await finish(play);
      stories.add({ play, outcome, broken: await end(play, outcome) }, [], outcome.status.state !== 'stuck');
    }
    stories.tell();
  });
});

describe.each(['restart', 'switchover'] as const)(
  'a person who speaks at any moment of a run that has troubles of its own, primary by %s',
  (primary) => {
    it('P1 to P20 are kept, and it ends once that person says what the run asks for', async () => {
      const stories = new Stories();
      for (const seed of seeds(600, 12, 200)) {
        const deaths = [...twoDeaths(seed), ...(seed % 4 === 0 ? [] : [ailingRelease(seed)]), ...interjections(seed, words)];
        const sync = seed % 3 === 0 ? { syncNames } : {};
        const play = await begin({ seed, primary, ...sync, weather: foulWeather, losesPower: true }, (begun) => {
          for (const death of deaths) strike(begun, death);
          tend(begun, seededRandom(seed * 31));
        });
        const outcome = await finish(play);
        const isOver = ['done', 'rolled-back', 'aborted'].includes(outcome.status.state);
        stories.add({ play, outcome, broken: await end(play, outcome) }, deaths, isOver);
      }
      stories.tell();
    });
  },
);

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
