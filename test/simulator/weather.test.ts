import { describe, it } from 'vitest';
import { seeds } from './seed.ts';
import { playShare } from './share.ts';

describe('an upgrade in foul weather', () => {
  it('P18 goes through with messages cut, late, doubled and out of order, P1 to P7 kept', () => playShare('weather', seeds(100, 8, 40)));

  it('P18 goes through with two deaths on the way, P1 to P7 kept', () => playShare('two-deaths', seeds(200, 16, 80)));

  it('P11 P18 is rolled back when the canary fails, with two deaths on the way', () => playShare('failing-canary', seeds(400, 8, 40)));
});
