import { describe, expect, it } from 'vitest';
import { playGame } from '../game.ts';
import { seedOr, seeds } from '../seed.ts';
import { playShare } from '../share.ts';
import { quay } from './play.ts';
import { halfDayMs } from './rest.ts';
import { halfAnHourMs } from './soak.ts';
import { restCalmly, slowly } from './suites.ts';

describe('a hop that rests for half a day', () => {
  it('P17 P18 P22 outlives its programs and its deadline, leaves its cluster to repairs, and is finalized by a word', () =>
    playShare('quay-rest', seeds(500, 1, 12)));

  it('P11 P17 P18 P22 outlives all that, and is rolled back by a word', () => playShare('quay-rest', seeds(503, 1, 12)));

  it('P21 costs what its tools declare, slow ones among them and one that hangs', async () => {
    expect(
      await restCalmly({ seed: seedOr(7), kind: 'restore-node', restMs: halfDayMs, slowTools: true, pace: { ...slowly, beatMs: 15_000 } }),
    ).toEqual([]);
  });
});

describe('a soak', () => {
  it('P18 of half an hour counts what was watched once, with the controller and an agent killed in it and probes that fail', () =>
    playShare('quay-soak', seeds(600, 1, 48)));

  it('P21 of half an hour costs what its tools declare, slow ones among them and one that hangs', async () => {
    const { play, outcome, broken } = await playGame(quay, { seed: seedOr(8), kind: 'rolling', soakMs: halfAnHourMs, slowTools: true }, []);
    expect({ state: outcome.status.state, broken }).toEqual({ state: 'done', broken: [] });
    const asked = new Set([...play.world.watch.toolCalls.values()].flat().map(({ tool }) => tool));
    expect([...asked]).toEqual(expect.arrayContaining(['alive', 'observe', 'census', 'echo']));
  });
});
