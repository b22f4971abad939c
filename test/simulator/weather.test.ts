import { describe, it } from 'vitest';
import { seeds } from './seed.ts';
import { playShare } from './share.ts';

describe('an upgrade in foul weather', () => {
  it('P18 goes through with messages cut, late, doubled and out of order, P1 to P7 kept', () => playShare('weather', seeds(100, 2, 40)));

  it('12.A3 what is left of a steady span by a rounding does not stop the clock', () => playShare('weather', [8_000_318]));

  it('P21 P18 goes through while looks at its databases take a second, or hang until they are ended', () =>
    playShare('slow-probes', seeds(300, 2, 40)));

  it('P18 goes through with two deaths on the way, P1 to P7 kept', () => playShare('two-deaths', seeds(200, 4, 80)));

  it('P11 P18 is rolled back when the canary fails, with two deaths on the way', () => playShare('failing-canary', seeds(400, 2, 40)));
});
