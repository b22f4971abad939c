import { describe, expect, it } from 'vitest';
import { begin, end, finish } from './play.ts';
import { seedOr } from './seed.ts';
import type { WorldOptions } from './world.ts';

/** Commits wait for both standbys, so that each turn lowers that for its time. */
const switchover: WorldOptions = { seed: seedOr(71), primary: 'switchover', syncNames: 'ANY 2 (*)' };

describe('an upgrade whose primary hands over', () => {
  it('P11 P19 goes through: one primary at any time, every acknowledged row kept, and nothing left changed', async () => {
    const play = await begin(switchover);
    const outcome = await finish(play);
    const broken = await end(play, outcome);
    expect(outcome.status.holds).toEqual([]);
    expect(outcome.status.state).toBe('done');
    expect(play.world.postgres.promotions).toEqual(['pg-2']);
    expect(broken).toEqual([]);
  });
});
