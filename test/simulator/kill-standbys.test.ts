import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seedOr } from './seed.ts';

const waiting = { seed: seedOr(12), syncNames: 'ANY 1 (*)' };

describe('the upgrade of three nodes that confirm commits, a standby’s agent killed at a share of its points', () => {
  it.each(['pg-2', 'pg-3'])('P18 goes on with no human, the agent of %s killed at every commit and call, P1 to P7 kept', async (name) => {
    const played = await killAtEveryPoint({ options: waiting, wanted: ({ program }) => program === name, ends: ['done'], share: 3 });
    expect(played).toBeGreaterThan(100);
  });
});
