import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seedOr } from './seed.ts';

/** Neighbouring seeds: what one of them leaves out, the other one plays. */
const standbys = [
  ['pg-2', seedOr(12)],
  ['pg-3', seedOr(13)],
] as const;

describe('the upgrade of three nodes that confirm commits, a standby’s agent killed at a share of its points', () => {
  it.each(standbys)('P18 goes on with no human, the agent of %s killed at commits and calls, P1 to P7 kept', async (name, seed) => {
    const options = { seed, syncNames: 'ANY 1 (*)' };
    const played = await killAtEveryPoint({ options, wanted: ({ program }) => program === name, ends: ['done'], share: 2 });
    expect(played).toBeGreaterThan(100);
  });
});
