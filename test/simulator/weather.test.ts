import { describe, expect, it } from 'vitest';
import { playWithDeaths, twoDeaths } from './kill.ts';
import { foulWeather } from './network.ts';
import { seeds } from './seed.ts';
import { Stories } from './story.ts';

describe('an upgrade in foul weather', () => {
  it('P18 goes through with messages cut, late, doubled and out of order, P1 to P7 kept', async () => {
    const stories = new Stories();
    for (const seed of seeds(100, 40)) {
      const ended = await playWithDeaths({ seed, weather: foulWeather, ...(seed % 2 === 0 ? { syncNames: 'ANY 1 (*)' } : {}) }, []);
      stories.add(ended, [], ended.outcome.status.state === 'done');
    }
    stories.tell();
  });

  it('P18 goes through with two deaths on the way, P1 to P7 kept', async () => {
    const stories = new Stories();
    for (const seed of seeds(200, 80)) {
      const deaths = twoDeaths(seed);
      const ended = await playWithDeaths({ seed, weather: foulWeather, losesPower: true }, deaths);
      stories.add(ended, deaths, ended.outcome.status.state === 'done');
    }
    stories.tell();
    expect(stories.played).toBeGreaterThan(0);
  });

  it('P11 P18 is taken back when the canary fails, with two deaths on the way', async () => {
    const stories = new Stories();
    for (const seed of seeds(400, 40)) {
      const deaths = twoDeaths(seed);
      const ended = await playWithDeaths({ seed, weather: foulWeather, losesPower: true, fate: 'exits-at-start' }, deaths);
      stories.add(ended, deaths, ended.outcome.status.state === 'rolled-back');
    }
    stories.tell();
  });
});
