import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seedOr } from './seed.ts';

const sound = { seed: seedOr(11) };

describe('the upgrade of three nodes, a program killed at a share of its points', () => {
  it('P18 goes on with no human, the controller killed before and after each kind of append, P1 to P7 kept', async () => {
    const played = await killAtEveryPoint({ options: sound, wanted: ({ program }) => program === 'controller', ends: ['done'], share: 2 });
    expect(played).toBeGreaterThan(50);
  });

  it('P18 goes on with no human, the primary’s agent killed at each kind of commit and call, P1 to P7 kept', async () => {
    const played = await killAtEveryPoint({ options: sound, wanted: ({ program }) => program === 'pg-1', ends: ['done'] });
    expect(played).toBeGreaterThan(100);
  });
});
