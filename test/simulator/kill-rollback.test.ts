import { describe, expect, it } from 'vitest';
import { killAtEveryPoint } from './every-point.ts';
import { seedOr } from './seed.ts';

const brokenRelease = { seed: seedOr(13), fate: 'exits-at-start' as const };

describe('a canary that fails, a program killed at a share of its points', () => {
  it('P11 P18 is rolled back with no human, the controller killed before and after each kind of append', async () => {
    const played = await killAtEveryPoint({
      options: brokenRelease,
      wanted: ({ program }) => program === 'controller',
      ends: ['rolled-back'],
    });
    expect(played).toBeGreaterThan(25);
  });

  it('P11 P18 is rolled back with no human, its agent killed at each kind of commit and call', async () => {
    const played = await killAtEveryPoint({
      options: brokenRelease,
      wanted: ({ program }) => program === 'pg-2',
      ends: ['rolled-back'],
    });
    expect(played).toBeGreaterThan(100);
  });

  it('P9 P18 is rolled back when it never answers, its agent killed at each kind of commit of the downtime', async () => {
    const played = await killAtEveryPoint({
      options: { ...brokenRelease, fate: 'never-ready' },
      wanted: ({ program, label }) => program === 'pg-2' && label.startsWith('commit after') && label.includes('downtime'),
      ends: ['rolled-back'],
    });
    expect(played).toBeGreaterThan(7);
  });
});
